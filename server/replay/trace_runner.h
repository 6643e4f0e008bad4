#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/backend/sampling.h"
#include "engine/error.h"
#include "engine/speculate/suffix_drafter.h"
#include "lsp/completion/speculator.h"
#include "server/replay/line_trace.h"

namespace nextline::replay {

/// What drafts are made of.
enum class Speculation : std::uint8_t {
  kOff,      ///< Nothing is drafted.
  kBuffer,   ///< Of the open document and of what was generated.
  kHead,     ///< Of that and of the repository's files, as the older release has them.
  kHistory,  ///< And of what its predecessors' changes added and removed.
  kForeign,  ///< Of another repository's history alone: there is hardly anything to find.
};
inline constexpr std::array kSpeculations = {Speculation::kOff, Speculation::kBuffer,
                                             Speculation::kHead, Speculation::kHistory,
                                             Speculation::kForeign};

/// "off", "buffer", "head", "history", "foreign".
std::string_view name_of(Speculation speculation);
std::optional<Speculation> speculation_from_name(std::string_view name);

/// Of one way to speculate and to choose tokens.
struct SpeculationVariant {
  Speculation speculation = Speculation::kOff;
  Sampling sampling = {};
};

/// Of some variants, the one that chooses tokens as this one and speculates nothing, if there is
/// one.
std::optional<std::size_t> unspeculated(std::span<const SpeculationVariant> variants,
                                        const SpeculationVariant& like);

/// One completion.
struct DecodeOutcome {
  std::uint32_t generated = 0;
  std::uint32_t passes = 0;  ///< Over what was generated.
  std::uint32_t drafted = 0;
  std::uint32_t accepted = 0;
  double milliseconds = 0;  ///< Of generating: drafts and passes.
  double encode_ms = 0;  ///< From the edit to the logits at the cursor; the same of all variants.
  bool is_same = true;   ///< As without speculation.
};

/// What became of a line. By variant.
struct LineOutcome {
  bool is_novel = false;
  Language language = Language::kPython;
  std::vector<DecodeOutcome> line;  ///< Asked for at the beginning of the line.
  std::vector<DecodeOutcome> key;   ///< Asked for behind a key that typed some of it.
};

/// What was said before: by speculation.
using Histories = std::map<Speculation, SuffixDrafter::Segments>;

/// Types traces, and has each line completed with each variant: all of them behind the same cache,
/// one after the other, in an order that changes from line to line, so that their times can be
/// compared. Each variant has a speculator of its own, which goes on learning from trace to trace.
///
/// One thread at a time; the backend must outlive it.
class TraceRunner {
 public:
  /// What the model saw of the document where a line begins, and what it said.
  struct Recorded {
    const LineTrace& trace;
    const TracedLine& line;
    std::vector<TokenId> before;
    std::vector<TokenId> behind;
    std::vector<TokenId> generated;  ///< With the first variant.
  };
  /// Told of each line, once.
  using Record = std::function<void(const Recorded&)>;

  TraceRunner(Backend& backend, std::vector<SpeculationVariant> variants,
              std::uint32_t context_length);

  const std::vector<SpeculationVariant>& variants() const { return variants_; }

  /// One outcome per line. `time`: when the newer release is made, in seconds since 1970. Fails if
  /// it is stopped, or if there is not enough memory.
  Result<std::vector<LineOutcome>> run(const LineTrace& trace, const Histories& histories,
                                       std::int64_t time, const Record& record,
                                       const std::stop_token& stop);

 private:
  class TraceRun;

  Backend& backend_;
  std::vector<SpeculationVariant> variants_;
  std::uint32_t context_length_;
  std::vector<std::unique_ptr<lsp::Speculator>> speculators_;  // By variant.
  std::uint64_t documents_ = 0;
  std::size_t turn_ = 0;
};

}  // namespace nextline::replay
