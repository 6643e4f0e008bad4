#include "server/replay/key_drift.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace nextline::replay {
namespace {

/// Calls visit(slot, anchor) for each token.
template <typename Visit>
void for_each_token(const KvSequence& sequence, Visit visit) {
  for (const Piece& piece : sequence.pieces()) {
    for (std::uint32_t i = 0; i < piece.length; ++i) {
      visit(piece.first_slot + i, piece.first_anchor + i);
    }
  }
}

}  // namespace

KeyDrift::KeyDrift(const Model& model, const KvSequence& sequence, const KvStorage& storage)
    : model_(model) {
  for_each_token(sequence, [&](Slot slot, Position anchor) {
    remembered_[slot] = read(storage, slot, anchor);
  });
}

KeyDrift::Token KeyDrift::read(const KvStorage& storage, Slot slot, Position anchor) const {
  const Hyperparameters& h = model_.hyperparameters();
  const std::size_t length = h.kv_length();
  Token token{anchor, std::vector<float>(h.layer_count * length),
              std::vector<float>(h.layer_count * length)};
  for (std::uint32_t layer = 0; layer < h.layer_count; ++layer) {
    storage.read(slot, layer, std::span(token.keys).subspan(layer * length, length),
                 std::span(token.values).subspan(layer * length, length));
  }
  return token;
}

std::optional<double> KeyDrift::relative_error(const KvSequence& sequence,
                                               const KvStorage& storage) const {
  const Hyperparameters& h = model_.hyperparameters();
  RopeTable rope(h.rope);
  double error = 0;
  double norm = 0;
  for_each_token(sequence, [&](Slot slot, Position anchor) {
    const auto found = remembered_.find(slot);
    if (found == remembered_.end()) return;
    const Token now = read(storage, slot, anchor);
    if (now.values != found->second.values) return;
    const auto shift = static_cast<std::int32_t>(anchor - found->second.anchor);
    rope.reserve(static_cast<std::uint32_t>(std::abs(shift)) + 1);
    std::vector<float> expected = found->second.keys;
    for (std::size_t head = 0; head < expected.size(); head += h.head_dimension) {
      rope.turn(std::span(expected).subspan(head, h.head_dimension), shift);
    }
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double difference = double{now.keys[i]} - double{expected[i]};
      error += difference * difference;
      norm += double{expected[i]} * double{expected[i]};
    }
  });
  if (norm == 0) return std::nullopt;
  return std::sqrt(error / norm);
}

}  // namespace nextline::replay
