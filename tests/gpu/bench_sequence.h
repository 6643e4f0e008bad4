#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/kv/kv_sequence.h"

namespace nextline::test {

/// How long a pass took, all of it and the work on the piece table alone.
struct PassTime {
  double seconds;
  double splice_seconds;
};

/// Random tokens in a storage of their own, on which passes are timed. Ends the program with a
/// sentence where the device fails.
class BenchSequence {
 public:
  /// Room for so many tokens; for half as many, and so on, where the device has too little memory.
  BenchSequence(Backend& backend, std::uint32_t most_tokens);

  std::uint32_t most_tokens() const { return most_tokens_; }
  std::size_t slot_bytes() const { return storage_->slot_bytes(); }

  /// Makes the sequence `length` tokens long, all in one piece, and returns the seconds that it
  /// took to compute them from nothing, and the logits of the last.
  double prefill(std::uint32_t length);
  /// Drops what stands behind the first `length` tokens.
  void shorten(std::uint32_t length);

  /// One pass over a draft of so many tokens behind the end, each with logits; the sequence stays
  /// as it is. Decoding, if it is one.
  double try_rows(std::uint32_t count);

  /// From the insertion of so many tokens before `index` to the logits of the last token, which is
  /// computed again. Then the tokens are taken out again.
  PassTime insert(std::uint32_t index, std::uint32_t count);

 private:
  std::unique_ptr<KvStorage> create_storage();
  void run(const Pass& pass);
  TokenId next_token();

  Backend& backend_;
  std::uint32_t most_tokens_;
  std::unique_ptr<KvStorage> storage_;
  SlotPool pool_;
  KvSequence sequence_;
  std::vector<ChosenToken> chosen_;
  TokenId last_token_ = 0;
};

}  // namespace nextline::test
