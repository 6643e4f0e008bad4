#include "engine/backend/cpu/cpu_kv_storage.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdlib>
#include <cstring>

namespace nextline::cpu {

static_assert(std::endian::native == std::endian::little,
              "Slots are saved as they lie in memory, which is little-endian.");

namespace {

/// Where dimension 0 of a slot's key stands; the next dimension stands 16 further.
std::size_t column_of(std::size_t slot, std::uint32_t dimension) {
  return slot / 16 * 16 * dimension + slot % 16;
}

}  // namespace

/// By how much each group of 16 keys is turned: [groups × pairs × 16] each.
struct CpuKvStorage::Angles {
  std::size_t group_count;
  std::vector<float> cosines;
  std::vector<float> sines;
};

/// What the slots of one head that are left held, while others are written; by move, in the layout
/// of the slots. One per thread.
template <typename Number>
struct CpuKvStorage::Copies {
  std::vector<Number> keys;    // [move / 16][dimension][move % 16]
  std::vector<Number> values;  // [move][dimension]
};

/// Slots that follow each other, in a list and in the storage, within one group of 16 keys.
struct CpuKvStorage::SlotPart {
  std::size_t first_index;  // In the list.
  Slot first_slot;
  std::uint32_t length;
};

template <typename Function>
void CpuKvStorage::with_number(Function function) const {
  if (type_ == KvType::kFloat32) {
    function(float{});
  } else {
    function(std::uint16_t{});
  }
}

float CpuKvStorage::number_at(const void* region, std::size_t index) const {
  switch (type_) {
    case KvType::kFloat32:
      return static_cast<const float*>(region)[index];
    case KvType::kFloat16:
      return gguf::half_to_float(static_cast<const std::uint16_t*>(region)[index]);
    case KvType::kBFloat16:
      return gguf::bfloat16_to_float(static_cast<const std::uint16_t*>(region)[index]);
  }
  return 0;
}

void CpuKvStorage::read(Slot slot, std::uint32_t layer, std::span<float> key,
                        std::span<float> value) const {
  for (std::uint32_t head = 0; head < head_count_; ++head) {
    for (std::uint32_t d = 0; d < dimension_; ++d) {
      const std::size_t at = std::size_t{head} * dimension_ + d;
      key[at] = number_at(keys(layer, head), column_of(slot, dimension_) + std::size_t{16} * d);
      value[at] = number_at(values(layer, head), std::size_t{slot} * dimension_ + d);
    }
  }
}

void CpuKvStorage::move(std::span<const SlotMove> moves) {
  // Turned keys first and in whole groups, so that no key beside them goes through arithmetic.
  std::vector<SlotMove> ordered(moves.begin(), moves.end());
  const auto still = std::stable_partition(ordered.begin(), ordered.end(),
                                           [](const SlotMove& move) { return move.shift != 0; });
  auto turned_count = static_cast<std::size_t>(still - ordered.begin());
  if (turned_count % 16 != 0) {
    // A move that is made twice does what it does once.
    const SlotMove last = ordered[turned_count - 1];
    const std::size_t missing = 16 - turned_count % 16;
    ordered.insert(still, missing, last);
    turned_count += missing;
  }
  for (const SlotMove& move : ordered) {
    rope_.reserve(static_cast<std::uint32_t>(std::abs(move.shift)) + 1);
  }
  const Angles angles = angles_of(std::span(ordered).first(turned_count));

  const std::size_t numbers = (ordered.size() + 15) / 16 * 16 * dimension_;
  with_number([&](auto number) {
    std::vector<Copies<decltype(number)>> copies(threads_.thread_count());
    for (auto& own : copies) {
      own.keys.resize(numbers);
      own.values.resize(numbers);
    }
    threads_.run(layer_count_ * head_count_, [&](std::uint32_t task, std::uint32_t thread) {
      move_head(task / head_count_, task % head_count_, ordered, angles, copies[thread]);
    });
  });
}

CpuKvStorage::Angles CpuKvStorage::angles_of(std::span<const SlotMove> turned) const {
  const std::size_t pairs = rope_.pair_count();
  Angles angles{turned.size() / 16, std::vector<float>(turned.size() * pairs),
                std::vector<float>(turned.size() * pairs)};
  std::vector<float> cosine(pairs);
  std::vector<float> sine(pairs);
  for (std::size_t i = 0; i < turned.size(); ++i) {
    // Neighbours of one piece are turned by the same angles.
    if (i == 0 || turned[i].shift != turned[i - 1].shift) {
      rope_.turn_angles(turned[i].shift, cosine, sine);
    }
    for (std::size_t pair = 0; pair < pairs; ++pair) {
      const std::size_t at = (i / 16 * pairs + pair) * 16 + i % 16;
      angles.cosines[at] = cosine[pair];
      angles.sines[at] = sine[pair];
    }
  }
  return angles;
}

template <typename Number>
void CpuKvStorage::move_head(std::uint32_t layer, std::uint32_t head,
                             std::span<const SlotMove> moves, const Angles& angles,
                             Copies<Number>& copies) const {
  auto* own_keys = static_cast<Number*>(keys(layer, head));
  auto* own_values = static_cast<Number*>(values(layer, head));
  const auto copy_key = [this](const Number* from, Number* to) {
    for (std::uint32_t d = 0; d < dimension_; ++d)
      to[std::size_t{16} * d] = from[std::size_t{16} * d];
  };

  for (std::size_t i = 0; i < moves.size(); ++i) {
    copy_key(own_keys + column_of(moves[i].from, dimension_),
             copies.keys.data() + column_of(i, dimension_));
    if (moves[i].from == moves[i].to) continue;
    std::copy_n(own_values + std::size_t{moves[i].from} * dimension_, dimension_,
                copies.values.data() + i * dimension_);
  }

  const std::uint32_t pairs = rope_.pair_count();
  const bool is_adjacent = rope_.pairing() == RopePairing::kAdjacent;
  for (std::size_t group = 0; group < angles.group_count; ++group) {
    const KeyTurn turn{pairs, is_adjacent ? 2 : 1U, is_adjacent ? 1 : pairs,
                       angles.cosines.data() + group * pairs * 16,
                       angles.sines.data() + group * pairs * 16};
    kernels_.turn_keys(turn, copies.keys.data() + group * 16 * dimension_);
  }

  for (std::size_t i = 0; i < moves.size(); ++i) {
    copy_key(copies.keys.data() + column_of(i, dimension_),
             own_keys + column_of(moves[i].to, dimension_));
    if (moves[i].from == moves[i].to) continue;
    std::copy_n(copies.values.data() + i * dimension_, dimension_,
                own_values + std::size_t{moves[i].to} * dimension_);
  }
}

void CpuKvStorage::save(std::span<const Slot> slots, std::span<std::byte> bytes) const {
  assert(bytes.size() == slots.size() * slot_bytes());
  with_number([&](auto number) {
    using Number = decltype(number);
    for_each_part<Number>(slots, [&](const SlotPart& part, Number* keys) {
      save_part(part, bytes.data() + part.first_index * slot_bytes(), keys);
    });
  });
}

void CpuKvStorage::load(std::span<const Slot> slots, std::span<const std::byte> bytes) {
  assert(bytes.size() == slots.size() * slot_bytes());
  with_number([&](auto number) {
    using Number = decltype(number);
    for_each_part<Number>(slots, [&](const SlotPart& part, Number* keys) {
      load_part(part, bytes.data() + part.first_index * slot_bytes(), keys);
    });
  });
}

std::vector<CpuKvStorage::SlotPart> CpuKvStorage::parts_of(std::span<const Slot> slots) {
  std::vector<SlotPart> parts;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (i > 0 && slots[i] % 16 != 0 && slots[i] == slots[i - 1] + 1) {
      ++parts.back().length;
    } else {
      parts.push_back({i, slots[i], 1});
    }
  }
  return parts;
}

template <typename Number, typename Function>
void CpuKvStorage::for_each_part(std::span<const Slot> slots, Function function) const {
  const std::vector<SlotPart> parts = parts_of(slots);
  const std::size_t numbers = std::size_t{16} * dimension_;
  std::vector<Number> keys(numbers * threads_.thread_count());
  threads_.run(static_cast<std::uint32_t>(parts.size()), [&](std::uint32_t task, std::uint32_t t) {
    function(parts[task], keys.data() + t * numbers);
  });
}

template <typename Number>
void CpuKvStorage::save_part(const SlotPart& part, std::byte* bytes, Number* own_keys) const {
  const std::size_t head_bytes = dimension_ * sizeof(Number);
  const std::size_t vector_bytes = head_count_ * head_bytes;
  for (std::uint32_t layer = 0; layer < layer_count_; ++layer) {
    for (std::uint32_t head = 0; head < head_count_; ++head) {
      // Keys are turned round in a few lines of the cache: those of one slot lie far from the next
      // one's in `bytes`, and at a power of two they would drive each other out.
      const Number* key =
          static_cast<const Number*>(keys(layer, head)) + column_of(part.first_slot, dimension_);
      for (std::uint32_t d = 0; d < dimension_; ++d) {
        for (std::uint32_t i = 0; i < part.length; ++i) own_keys[i * dimension_ + d] = key[i];
        key += 16;
      }
      const Number* value = static_cast<const Number*>(values(layer, head)) +
                            std::size_t{part.first_slot} * dimension_;
      std::byte* to = bytes + 2 * layer * vector_bytes + head * head_bytes;
      for (std::uint32_t i = 0; i < part.length; ++i, to += slot_bytes()) {
        std::memcpy(to, own_keys + i * dimension_, head_bytes);
        std::memcpy(to + vector_bytes, value + i * dimension_, head_bytes);
      }
    }
  }
}

template <typename Number>
void CpuKvStorage::load_part(const SlotPart& part, const std::byte* bytes, Number* own_keys) const {
  const std::size_t head_bytes = dimension_ * sizeof(Number);
  const std::size_t vector_bytes = head_count_ * head_bytes;
  for (std::uint32_t layer = 0; layer < layer_count_; ++layer) {
    for (std::uint32_t head = 0; head < head_count_; ++head) {
      Number* value =
          static_cast<Number*>(values(layer, head)) + std::size_t{part.first_slot} * dimension_;
      const std::byte* from = bytes + 2 * layer * vector_bytes + head * head_bytes;
      for (std::uint32_t i = 0; i < part.length; ++i, from += slot_bytes()) {
        std::memcpy(own_keys + i * dimension_, from, head_bytes);
        std::memcpy(value + i * dimension_, from + vector_bytes, head_bytes);
      }
      Number* key =
          static_cast<Number*>(keys(layer, head)) + column_of(part.first_slot, dimension_);
      for (std::uint32_t d = 0; d < dimension_; ++d) {
        for (std::uint32_t i = 0; i < part.length; ++i) key[i] = own_keys[i * dimension_ + d];
        key += 16;
      }
    }
  }
}

}  // namespace nextline::cpu
