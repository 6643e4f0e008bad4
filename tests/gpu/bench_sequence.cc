#include "tests/gpu/bench_sequence.h"

#include <algorithm>
#include <chrono>

#include "tests/gpu/value_or_exit.h"

namespace nextline::test {
namespace {

/// For drafts and insertions.
constexpr std::uint32_t kSpareSlots = 64;

constexpr std::uint32_t kLeastTokens = 1024;

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

BenchSequence::BenchSequence(Backend& backend, std::uint32_t most_tokens)
    : backend_(backend),
      most_tokens_(most_tokens),
      storage_(create_storage()),
      pool_(storage_->slot_count()),
      sequence_(pool_) {}

std::unique_ptr<KvStorage> BenchSequence::create_storage() {
  for (;; most_tokens_ /= 2) {
    auto storage = backend_.create_storage(most_tokens_ + kSpareSlots);
    if (storage || most_tokens_ <= kLeastTokens) return value_or_exit(std::move(storage));
  }
}

double BenchSequence::prefill(std::uint32_t length) {
  shorten(0);
  const Stopwatch watch;
  while (sequence_.length() < length) {
    const std::uint32_t end = std::min(length, sequence_.length() + backend_.prompt_rows());
    std::vector<PlannedToken> planned;
    for (std::uint32_t i = sequence_.length(); i < end; ++i) {
      planned.push_back(
          {next_token(), PlannedToken::Place::kInsert, sequence_.length(), i + 1 == length});
    }
    Pass pass = value_or_exit(sequence_.plan(planned));
    run(pass);
    sequence_.commit(std::move(pass));
  }
  return watch.seconds();
}

void BenchSequence::shorten(std::uint32_t length) {
  if (length < sequence_.length()) sequence_.erase(length, sequence_.length() - length);
}

double BenchSequence::try_rows(std::uint32_t count) {
  std::vector<DraftToken> draft(count);
  for (std::uint32_t row = 0; row < count; ++row) {
    draft[row].token = next_token();
    if (row > 0) draft[row].parent = row - 1;
  }
  const Stopwatch watch;
  run(value_or_exit(sequence_.plan({}, draft)));
  return watch.seconds();
}

PassTime BenchSequence::insert(std::uint32_t index, std::uint32_t count) {
  std::vector<PlannedToken> planned(count, {0, PlannedToken::Place::kInsert, index});
  for (PlannedToken& token : planned) token.token = next_token();
  const std::uint32_t last = sequence_.length() - 1;
  planned.push_back({sequence_.tokens()[last], PlannedToken::Place::kReplace, last, true});

  const Stopwatch watch;
  Pass pass = value_or_exit(sequence_.plan(planned));
  double splice_seconds = watch.seconds();
  run(pass);
  const Stopwatch commit;
  sequence_.commit(std::move(pass));
  splice_seconds += commit.seconds();
  const double seconds = watch.seconds();
  sequence_.erase(index, count);
  return {seconds, splice_seconds};
}

void BenchSequence::run(const Pass& pass) {
  backend_.next_tokens(*storage_, pass.batch(), {}, chosen_, {});
}

TokenId BenchSequence::next_token() {
  last_token_ = (last_token_ * 5 + 17) % 251;  // Letters of the vocabulary.
  return last_token_;
}

}  // namespace nextline::test
