// Measures how fast the CPU backend is, one measurement per line on standard input, so that another
// program can let two engines take turns on the same machine.
//
//   speed_probe MODEL THREADS CONTEXT
//
//   prefill N          computes a prompt of N tokens from nothing
//   decode N COUNT     decodes COUNT tokens one by one behind N, which are then taken off again
//   rows N K PASSES    does PASSES passes of K rows behind N tokens, logits for all and kept by
//   none
//
// Each prints a JSON line, {"seconds": …}. The N tokens, CONTEXT at most, are built up before the
// clock starts, as far as they are not there from the line before. Logits are asked for where a
// token is to be chosen, and the likeliest is looked for; but the tokens are given.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "engine/backend/cpu/cpu_backend.h"
#include "server/bench/measured_sequence.h"
#include "server/bench/measuring.h"
#include "server/bench/source_tokens.h"

namespace nextline {
namespace {

using bench::MeasuredSequence;
using bench::Stopwatch;

/// Tokens behind CONTEXT that are decoded or tried.
constexpr std::uint32_t kRoom = 64;

class Probe {
 public:
  /// The tokens are all that there can be, those included that are decoded or tried.
  Probe(MeasuredSequence sequence, std::vector<TokenId> tokens)
      : sequence_(std::move(sequence)), tokens_(std::move(tokens)) {}

  /// The seconds that a line's measurement took; nothing if it is none.
  Result<std::optional<double>> measure(const std::string& line) {
    std::istringstream words(line);
    std::string what;
    std::uint32_t context = 0;
    words >> what >> context;
    const auto number = [&words] {
      std::uint32_t value = 0;
      words >> value;
      return value;
    };
    if (what == "prefill" && fits(context, 0)) return prefill(context);
    if (what == "decode") {
      const std::uint32_t count = number();
      if (count > 0 && fits(context, count)) return decode(context, count);
    }
    if (what == "rows") {
      const std::uint32_t count = number();
      const std::uint32_t passes = number();
      if (count > 0 && count <= MeasuredSequence::kMaxTriedRows && fits(context, count)) {
        return rows(context, count, passes);
      }
    }
    return std::nullopt;
  }

 private:
  bool fits(std::uint32_t context, std::uint32_t more) const {
    return context > 0 && std::uint64_t{context} + more <= tokens_.size();
  }

  Result<void> append_until(std::uint32_t length) {
    const std::uint32_t present = sequence_.length();
    return sequence_.append(std::span(tokens_).subspan(present, length - present), {});
  }

  Result<void> build_up(std::uint32_t context) {
    sequence_.shorten(context);
    return append_until(context);
  }

  Result<std::optional<double>> prefill(std::uint32_t context) {
    sequence_.shorten(0);
    const Stopwatch watch;
    if (auto done = append_until(context); !done) return tl::unexpected(done.error());
    return watch.seconds();
  }

  Result<std::optional<double>> decode(std::uint32_t context, std::uint32_t count) {
    auto done = build_up(context);
    const Stopwatch watch;
    for (std::uint32_t i = 1; i <= count && done; ++i) done = append_until(context + i);
    const double seconds = watch.seconds();
    sequence_.shorten(context);
    if (!done) return tl::unexpected(done.error());
    return seconds;
  }

  Result<std::optional<double>> rows(std::uint32_t context, std::uint32_t count,
                                     std::uint32_t passes) {
    auto done = build_up(context);
    const auto draft = std::span(tokens_).subspan(context, count);
    const Stopwatch watch;
    for (std::uint32_t i = 0; i < passes && done; ++i) done = sequence_.try_rows(draft, {});
    if (!done) return tl::unexpected(done.error());
    return watch.seconds();
  }

  MeasuredSequence sequence_;
  std::vector<TokenId> tokens_;
};

Result<void> answer_lines(const std::string& path, std::uint32_t threads, std::uint32_t context) {
  const auto model = Model::load(path);
  if (!model) return tl::unexpected(model.error());
  const auto backend = cpu::create_backend(**model, {std::nullopt, threads});
  if (!backend) return tl::unexpected(backend.error());
  const std::uint32_t room = context + kRoom;
  auto sequence = MeasuredSequence::create(**backend, room);
  if (!sequence) return tl::unexpected(sequence.error());

  Probe probe(std::move(*sequence), bench::source_tokens(**model, room));
  for (std::string line; std::getline(std::cin, line);) {
    const auto seconds = probe.measure(line);
    if (!seconds) return tl::unexpected(seconds.error());
    if (!*seconds) return failure("This is no measurement: " + line);
    std::cout << "{\"seconds\": " << **seconds << "}" << std::endl;
  }
  return {};
}

std::uint32_t number(const char* text) {
  return static_cast<std::uint32_t>(std::max(1L, std::strtol(text, nullptr, 10)));
}

}  // namespace
}  // namespace nextline

int main(int argc, char** argv) {
  using nextline::number;
  if (argc != 4) {
    std::cerr << "usage: speed_probe MODEL THREADS CONTEXT\n";
    return 2;
  }
  const auto result = nextline::answer_lines(argv[1], number(argv[2]), number(argv[3]));
  if (!result) {
    std::cerr << result.error().message << "\n";
    return 1;
  }
  return 0;
}
