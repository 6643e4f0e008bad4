#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/kv/kv_sequence.h"

namespace nextline::bench {

/// A token sequence in a storage of its own, computed as a session computes its prompt and its
/// completion, but with tokens that are given instead of chosen.
class MeasuredSequence {
 public:
  /// Room for `length` tokens and the rows of a pass that is tried.
  static Result<MeasuredSequence> create(Backend& backend, std::uint32_t length);

  /// Computes `tokens` behind the sequence, and the choice of what is most likely behind the last
  /// one, if there is one.
  Result<void> append(std::span<const TokenId> tokens, const std::stop_token& stop);

  /// One pass over `tokens` behind the sequence, each following the one before, and the choice of
  /// what is most likely behind each of them: a step of decoding if there is one token, the
  /// verification of a draft if there are more. The sequence stays as it is.
  Result<void> try_rows(std::span<const TokenId> tokens, const std::stop_token& stop);

  std::uint32_t length() const { return sequence_->length(); }

  /// Takes off what stands behind the first `length` tokens.
  void shorten(std::uint32_t length);

  /// At most so many tokens can be tried.
  static constexpr std::uint32_t kMaxTriedRows = 16;

 private:
  MeasuredSequence(Backend& backend, std::unique_ptr<KvStorage> storage);

  Backend* backend_;
  std::unique_ptr<KvStorage> storage_;
  std::unique_ptr<SlotPool> pool_;
  std::unique_ptr<KvSequence> sequence_;
  std::vector<ChosenToken> chosen_;  // Behind the rows of the last pass that asked.
};

}  // namespace nextline::bench
