#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "engine/error.h"
#include "engine/tokenizer/token.h"

namespace nextline::oracle {

/// The next-token distribution behind one token, as far as the file keeps it: the likeliest tokens,
/// and all others as one.
struct ExpectedDistribution {
  static constexpr std::size_t kKept = 8;
  std::array<TokenId, kKept> tokens;           // The likeliest first.
  std::array<float, kKept> log_probabilities;  // Natural logarithms.
  float rest_log_probability;                  // Of all other tokens together.

  /// By how many nats the first token leads the second.
  double margin() const { return double{log_probabilities[0]} - log_probabilities[1]; }
};

/// What an independent implementation, llama.cpp, says about one source file. Written by
/// make_expected.py in little-endian numbers of 32 bits, one after the other:
///
///   vocabulary size V, number of tokens N
///   N token ids: the model's sink, then the source
///   N distributions: 8 token ids, 8 log-probabilities, the log-probability of the rest
struct ExpectedDistributions {
  std::uint32_t vocabulary_size;
  std::vector<TokenId> tokens;
  std::vector<ExpectedDistribution> distributions;  // One behind each token.
};

/// Fails if the file cannot be read or is not as long as it says.
Result<ExpectedDistributions> read_expected(const std::filesystem::path& path);

/// The Kullback–Leibler divergence of `logits` from an expected distribution, in nats, with the
/// tokens that it does not name taken as one. Never more than the divergence over the whole
/// vocabulary, and close to it where the named tokens hold nearly all of the probability; the
/// file's float32 is good for about 1e-7 nat.
double kl_divergence(const ExpectedDistribution& expected, std::span<const float> logits);

}  // namespace nextline::oracle
