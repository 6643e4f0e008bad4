#include "engine/session/shift_check.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/backend/divergence.h"

namespace nextline {
namespace {

/// Any text would do; on code the models attend to more than the sink.
constexpr std::string_view kText =
    "int total(const std::vector<int>& values) {\n  int sum = 0;\n  for (int value : values) {\n"
    "    sum += value;\n  }\n  return sum;\n}\n";
/// Tokens that are seen. With the one that sees them they are 16 rows, which the kernels compute
/// together.
constexpr std::size_t kTokens = 15;

/// By how much the first and the second half are shifted.
constexpr std::uint32_t kFirstShift = 331;
constexpr std::uint32_t kSecondShift = 474;

ShiftCheck compare(std::span<const float> fresh, std::span<const float> shifted) {
  ShiftCheck check{.divergence = kl_divergence(fresh, shifted)};
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    const double difference = static_cast<double>(fresh[i]) - shifted[i];
    check.largest_difference = std::max(check.largest_difference, std::abs(difference));
  }
  return check;
}

}  // namespace

Result<ShiftCheck> check_shift(Backend& backend, const std::stop_token& stop) {
  std::vector<TokenId> tokens = backend.model().tokenizer().encode(kText);
  tokens.insert(tokens.begin(), backend.model().sink());
  tokens.resize(std::min(tokens.size(), kTokens + 1));
  // Slots: the tokens seen, the one that sees them; the tokens again, and the one.
  const auto seen = static_cast<std::uint32_t>(tokens.size() - 1);
  if (seen < 2) return failure("The model's vocabulary cannot spell code.");
  auto storage = backend.create_storage(2 * (seen + 1));
  if (!storage) return tl::unexpected(std::move(storage.error()));
  const auto compute = [&](const Batch& batch, Logits& logits) -> Result<void> {
    if (backend.forward(**storage, batch, logits, stop) == PassOutcome::kFinished) return {};
    return failure("The check of the model's positions was stopped.");
  };

  Batch batch;
  batch.views = {{{0, seen + 1, 0, 0}}};
  for (std::uint32_t i = 0; i <= seen; ++i) batch.rows.push_back({tokens[i], i, i, 0, i == seen});
  Logits fresh;
  if (auto done = compute(batch, fresh); !done) return tl::unexpected(done.error());

  const std::uint32_t half = seen / 2;
  const std::uint32_t again = seen + 1;  // The first slot of the second half of the storage.
  std::vector<SlotMove> moves;
  for (std::uint32_t i = 0; i < seen; ++i) {
    moves.push_back(
        {i, again + i, static_cast<std::int32_t>(i < half ? kFirstShift : kSecondShift)});
  }
  (*storage)->move(moves);

  batch.views = {{{0, half, again, kFirstShift},
                  {half, seen - half, again + half, half + kSecondShift},
                  {seen, 1, again + seen, seen}}};
  batch.rows = {{tokens[seen], seen, again + seen, 0, true}};
  Logits shifted;
  if (auto done = compute(batch, shifted); !done) return tl::unexpected(done.error());
  return compare(fresh.row(0), shifted.row(0));
}

}  // namespace nextline
