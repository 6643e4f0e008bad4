// Measures how fast the CPU backend computes a prompt and decodes behind it, one round per line on
// standard input, so that another program can let two engines take turns on the same machine.
//
//   speed_probe MODEL THREADS PREFILL DECODE
//
// Prints one JSON line per round: {"prefill": tokens per second, "decode": tokens per second}.
// Decoding is greedy, one token per pass, behind a prompt of PREFILL tokens.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/backend/cpu/cpu_backend.h"
#include "engine/kv/kv_sequence.h"
#include "engine/model/model.h"

namespace nextline {
namespace {

constexpr std::uint32_t kRowsPerPass = 256;  // As a session computes its prompt.

/// Text-like tokens: common ones, in an order that repeats nowhere soon.
std::vector<TokenId> prompt_of(const Model& model, std::uint32_t length) {
  std::vector<TokenId> prompt = {model.sink()};
  for (std::uint32_t i = 1; i < length; ++i) {
    prompt.push_back(static_cast<TokenId>(300 + i * 7919 % 5000));
  }
  return prompt;
}

/// One sequence, from its first token on.
class Round {
 public:
  static Result<Round> create(Backend& backend, std::uint32_t length) {
    auto storage = backend.create_storage(length);
    if (!storage) return tl::unexpected(storage.error());
    return Round(backend, std::move(*storage));
  }

  /// Computes `tokens` behind the sequence; gives the most likely token to follow.
  Result<TokenId> append(std::span<const TokenId> tokens) {
    for (std::size_t first = 0; first < tokens.size(); first += kRowsPerPass) {
      std::vector<PlannedToken> planned;
      for (std::size_t i = first; i < std::min(first + kRowsPerPass, tokens.size()); ++i) {
        planned.push_back(
            {tokens[i], PlannedToken::Place::kInsert, sequence_->length(), i + 1 == tokens.size()});
      }
      auto pass = sequence_->plan(planned);
      if (!pass) return tl::unexpected(pass.error());
      backend_->forward(*storage_, pass->batch(), logits_, std::stop_token());
      sequence_->commit(std::move(*pass));
    }
    const std::span<const float> row = std::as_const(logits_).row(0);
    return static_cast<TokenId>(std::ranges::max_element(row) - row.begin());
  }

 private:
  Round(Backend& backend, std::unique_ptr<KvStorage> storage)
      : backend_(&backend),
        storage_(std::move(storage)),
        pool_(std::make_unique<SlotPool>(storage_->slot_count())),
        sequence_(std::make_unique<KvSequence>(*pool_)) {}

  Backend* backend_;
  std::unique_ptr<KvStorage> storage_;
  std::unique_ptr<SlotPool> pool_;
  std::unique_ptr<KvSequence> sequence_;
  Logits logits_;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Result<void> measure_round(Backend& backend, std::uint32_t prefill, std::uint32_t decode) {
  auto round = Round::create(backend, prefill + decode);
  if (!round) return tl::unexpected(round.error());
  const std::vector<TokenId> prompt = prompt_of(backend.model(), prefill);

  auto start = std::chrono::steady_clock::now();
  auto next = round->append(prompt);
  const double prefill_seconds = seconds_since(start);

  start = std::chrono::steady_clock::now();
  for (std::uint32_t i = 0; i < decode && next; ++i) next = round->append(std::span(&*next, 1));
  const double decode_seconds = seconds_since(start);
  if (!next) return tl::unexpected(next.error());

  std::cout << "{\"prefill\": " << prefill / prefill_seconds
            << ", \"decode\": " << decode / decode_seconds << "}" << std::endl;
  return {};
}

Result<void> measure(const std::string& path, std::uint32_t threads, std::uint32_t prefill,
                     std::uint32_t decode) {
  const auto model = Model::load(path);
  if (!model) return tl::unexpected(model.error());
  const auto backend = cpu::create_backend(**model, {std::nullopt, threads});
  if (!backend) return tl::unexpected(backend.error());
  for (std::string line; std::getline(std::cin, line);) {
    const auto measured = measure_round(**backend, prefill, decode);
    if (!measured) return measured;
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
  if (argc != 5) {
    std::cerr << "usage: speed_probe MODEL THREADS PREFILL DECODE\n";
    return 2;
  }
  const auto result = nextline::measure(argv[1], number(argv[2]), number(argv[3]), number(argv[4]));
  if (!result) {
    std::cerr << result.error().message << "\n";
    return 1;
  }
  return 0;
}
