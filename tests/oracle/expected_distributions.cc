#include "tests/oracle/expected_distributions.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>

#include "engine/backend/divergence.h"

namespace nextline::oracle {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::size_t kNumbersPerDistribution = 2 * ExpectedDistribution::kKept + 1;
static_assert(sizeof(ExpectedDistribution) == kNumbersPerDistribution * sizeof(std::uint32_t));

}  // namespace

Result<ExpectedDistributions> read_expected(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const auto damaged = [&] {
    return failure("The expected values in \"" + path.string() + "\" cannot be read.");
  };

  std::uint32_t header[2];
  if (bytes.size() < sizeof(header)) return damaged();
  std::memcpy(header, bytes.data(), sizeof(header));
  const std::size_t length = header[1];
  const std::size_t token_bytes = length * sizeof(TokenId);
  const std::size_t distribution_bytes = length * sizeof(ExpectedDistribution);
  if (bytes.size() != sizeof(header) + token_bytes + distribution_bytes) return damaged();

  ExpectedDistributions expected{header[0], std::vector<TokenId>(length),
                                 std::vector<ExpectedDistribution>(length)};
  std::memcpy(expected.tokens.data(), bytes.data() + sizeof(header), token_bytes);
  std::memcpy(expected.distributions.data(), bytes.data() + sizeof(header) + token_bytes,
              distribution_bytes);
  return expected;
}

double kl_divergence(const ExpectedDistribution& expected, std::span<const float> logits) {
  const double sum = log_sum_exp(logits);
  std::vector<float> rest(logits.begin(), logits.end());
  double divergence = 0.0;
  for (std::size_t i = 0; i < ExpectedDistribution::kKept; ++i) {
    const auto token = static_cast<std::size_t>(expected.tokens[i]);
    const double log_p = expected.log_probabilities[i];
    divergence += std::exp(log_p) * (log_p - (logits[token] - sum));
    rest[token] = -std::numeric_limits<float>::infinity();
  }
  const double log_p = expected.rest_log_probability;
  return divergence + std::exp(log_p) * (log_p - (log_sum_exp(rest) - sum));
}

}  // namespace nextline::oracle
