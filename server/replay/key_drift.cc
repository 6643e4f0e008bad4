#include "server/replay/key_drift.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace nextline::replay {
namespace {

/// Calls visit(index, slot, anchor) for each token.
template <typename Visit>
void for_each_token(const KvSequence& sequence, Visit visit) {
  std::uint32_t index = 0;
  for (const Piece& piece : sequence.pieces()) {
    for (std::uint32_t i = 0; i < piece.length; ++i) {
      visit(index++, piece.first_slot + i, piece.first_anchor + i);
    }
  }
}

}  // namespace

KeyDrift::KeyDrift(const Model& model, const KvSequence& sequence, const KvStorage& storage)
    : model_(model) {
  for_each_token(sequence, [&](std::uint32_t index, Slot slot, Position anchor) {
    remembered_[slot] = read(sequence, storage, index, slot, anchor);
  });
}

KeyDrift::Keys KeyDrift::read(const KvSequence& sequence, const KvStorage& storage,
                              std::uint32_t index, Slot slot, Position anchor) const {
  const Hyperparameters& h = model_.hyperparameters();
  Keys keys{sequence.stamps()[index], anchor, {}};
  keys.values.resize(std::size_t{h.layer_count} * h.kv_length());
  std::vector<float> value(h.kv_length());
  for (std::uint32_t layer = 0; layer < h.layer_count; ++layer) {
    storage.read(slot, layer,
                 std::span(keys.values).subspan(std::size_t{layer} * h.kv_length(), h.kv_length()),
                 value);
  }
  return keys;
}

std::optional<double> KeyDrift::relative_error(const KvSequence& sequence,
                                               const KvStorage& storage) const {
  const Hyperparameters& h = model_.hyperparameters();
  RopeTable rope(h.rope);
  double error = 0;
  double norm = 0;
  for_each_token(sequence, [&](std::uint32_t index, Slot slot, Position anchor) {
    const auto found = remembered_.find(slot);
    if (found == remembered_.end()) return;
    const Keys now = read(sequence, storage, index, slot, anchor);
    if (now.stamp != found->second.stamp) return;
    const auto shift = static_cast<std::int32_t>(anchor - found->second.anchor);
    rope.reserve(static_cast<std::uint32_t>(std::abs(shift)) + 1);
    std::vector<float> expected = found->second.values;
    for (std::size_t head = 0; head < expected.size(); head += h.head_dimension) {
      rope.turn(std::span(expected).subspan(head, h.head_dimension), shift);
    }
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double difference = double{now.values[i]} - double{expected[i]};
      error += difference * difference;
      norm += double{expected[i]} * double{expected[i]};
    }
  });
  if (norm == 0) return std::nullopt;
  return std::sqrt(error / norm);
}

}  // namespace nextline::replay
