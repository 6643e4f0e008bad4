#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/speculate/drafter.h"
#include "tests/peers/drafting/trace.h"

namespace nextline::peers {

/// How a peer chooses how much to draft.
enum class Sizing {
  kOwn,   ///< By its own rule, up to the maximum.
  kFull,  ///< As much as it can, up to the maximum.
};

/// A drafter with all that it keeps. Completions come one after the other: `open`, then a draft and
/// what was accepted for each pass, then `close`.
class Peer {
 public:
  virtual ~Peer() = default;

  virtual void open(const TraceRow& row) = 0;
  /// Adds to a tree of the known token, the context's last: see Drafter::draft. This is what is
  /// timed.
  virtual void draft(std::span<const TokenId> context, std::uint32_t most_tokens,
                     std::vector<DraftToken>& tree) = 0;
  virtual void learn(const DraftOutcome& outcome) { static_cast<void>(outcome); }
  /// Tokens that the pass gave behind the context.
  virtual void accept(std::span<const TokenId> tokens) { static_cast<void>(tokens); }
  virtual void close() {}

 protected:
  Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
};

/// What a kind of peer is called, and how one is made that has taken in the documents.
struct PeerKind {
  std::string name;
  std::function<Result<std::unique_ptr<Peer>>(std::span<const TraceDocument> documents, Sizing)>
      make;
};

/// Nextline's drafter: with all that it has, with buffers only, with the history only.
std::vector<PeerKind> nextline_kinds();

/// Prompt lookup, as published (Saxena, "Prompt Lookup Decoding", 2023): the last n tokens, n from
/// 3 down to 1, are searched for in the prompt, and what followed them is drafted. One kind takes
/// the first place that there is, one the last.
std::vector<PeerKind> prompt_lookup_kinds();

/// The suffix trees of ArcticInference, driven as its Python code drives them: with its defaults,
/// drafting a path, and drafting a tree. None where it was not compiled in.
std::vector<PeerKind> arctic_kinds();

}  // namespace nextline::peers
