#include <gtest/gtest.h>

#include <cstring>
#include <numeric>

#include "engine/backend/reference/reference_backend.h"
#include "engine/model/rope.h"
#include "tests/support/stored_numbers.h"
#include "tests/unit/cuda/cuda_fixture.h"

namespace nextline {
namespace {

/// Storages without a pass: their numbers come in by `load`.
class CudaKvStorageTest : public ::testing::TestWithParam<KvType> {
 protected:
  static constexpr std::uint32_t kSlots = 70;

  static test::RandomModelOptions options() {
    test::RandomModelOptions options;
    options.architecture = "qwen2";
    options.rope_dimension_count = 8;  // The rest of a head does not turn.
    options.rope_scaling.kind = test::RandomRopeScaling::Kind::kYarn;
    return options;
  }

  static std::unique_ptr<KvStorage> storage_of(Backend& backend) {
    return std::move(backend.create_storage(kSlots)).value();
  }

  /// Numbers as a storage of the type has them, for all slots.
  std::vector<std::byte> random_slots(const KvStorage& storage) {
    std::vector<std::byte> bytes(kSlots * storage.slot_bytes());
    for (std::size_t i = 0; i < bytes.size() / bytes_of(GetParam()); ++i) {
      const auto value = static_cast<float>(random_.uniform() * 4 - 2);
      std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
      if (GetParam() == KvType::kFloat16) bits = gguf::float_to_half(value);
      if (GetParam() == KvType::kBFloat16) bits = gguf::float_to_bfloat16(value);
      std::memcpy(bytes.data() + i * bytes_of(GetParam()), &bits, bytes_of(GetParam()));
    }
    return bytes;
  }

  static std::vector<Slot> all_slots() {
    std::vector<Slot> slots(kSlots);
    std::iota(slots.begin(), slots.end(), 0);
    return slots;
  }

  static std::vector<std::byte> saved(const KvStorage& storage, const std::vector<Slot>& slots) {
    std::vector<std::byte> bytes(slots.size() * storage.slot_bytes());
    storage.save(slots, bytes);
    return bytes;
  }

  test::TestModel model_{options()};
  test::Random random_{4};
  std::unique_ptr<Backend> cuda_ = test::cuda_backend(*model_, 16, GetParam());
  std::unique_ptr<KvStorage> storage_ = storage_of(*cuda_);
};

INSTANTIATE_TEST_SUITE_P(Types, CudaKvStorageTest, ::testing::ValuesIn(test::kKvTypes),
                         [](const auto& type) { return std::string(name_of(type.param)); });

TEST_P(CudaKvStorageTest, SavesWhatItLoadedInWhicheverSlots) {
  ASSERT_EQ(storage_->kv_type(), GetParam());
  const std::vector<std::byte> bytes = random_slots(*storage_);
  storage_->load(all_slots(), bytes);
  EXPECT_EQ(saved(*storage_, all_slots()), bytes);

  const std::vector<Slot> scattered = {7, 69, 0, 40, 8};
  const std::vector<std::byte> some = saved(*storage_, scattered);
  for (std::size_t i = 0; i < scattered.size(); ++i) {
    const std::size_t size = storage_->slot_bytes();
    EXPECT_EQ(std::memcmp(some.data() + i * size, bytes.data() + scattered[i] * size, size), 0);
  }
  storage_->load(std::vector<Slot>{8, 40, 0, 69, 7}, some);
  EXPECT_EQ(saved(*storage_, {8, 40, 0, 69, 7}), some);
  EXPECT_EQ(saved(*storage_, {1, 2, 68}), [&] {
    std::vector<std::byte> untouched;
    for (const Slot slot : {1, 2, 68}) {
      const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(slot * storage_->slot_bytes());
      untouched.insert(untouched.end(), first,
                       first + static_cast<std::ptrdiff_t>(storage_->slot_bytes()));
    }
    return untouched;
  }());
}

TEST_P(CudaKvStorageTest, ReadsWhatIsStored) {
  const std::vector<std::byte> bytes = random_slots(*storage_);
  storage_->load(all_slots(), bytes);
  const std::uint32_t length = model_->hyperparameters().kv_length();
  std::vector<float> key(length);
  std::vector<float> value(length);
  for (const Slot slot : {0U, 33U, 69U}) {
    const std::byte* const slot_bytes = bytes.data() + slot * storage_->slot_bytes();
    for (std::uint32_t layer = 0; layer < model_->hyperparameters().layer_count; ++layer) {
      storage_->read(slot, layer, key, value);
      for (std::uint32_t i = 0; i < length; ++i) {
        const std::size_t at = std::size_t{2} * layer * length + i;
        EXPECT_EQ(key[i], test::number_at(GetParam(), slot_bytes, at));
        EXPECT_EQ(value[i], test::number_at(GetParam(), slot_bytes, at + length));
      }
    }
  }
}

TEST_P(CudaKvStorageTest, LoadsWhatTheCpuSavedAndTheOtherWayRound) {
  const test::TypedBackend cpu(test::cpu_backend(*model_), GetParam());
  auto other = std::move(const_cast<test::TypedBackend&>(cpu).create_storage(kSlots, {})).value();
  const std::vector<std::byte> bytes = random_slots(*storage_);
  other->load(all_slots(), bytes);
  storage_->load(all_slots(), saved(*other, all_slots()));
  EXPECT_EQ(saved(*storage_, all_slots()), bytes);
}

TEST_P(CudaKvStorageTest, MovesAreMadeAtOnceAndTurnAsTheTableDoes) {
  // All slots change places in one cycle; some keys are turned, either way, and others are not.
  std::vector<SlotMove> moves;
  for (Slot slot = 0; slot < kSlots; ++slot) {
    moves.push_back({slot, (slot + 37) % kSlots, static_cast<std::int32_t>(slot % 3) * 11 - 11});
  }
  const std::vector<std::byte> bytes = random_slots(*storage_);
  storage_->load(all_slots(), bytes);
  storage_->move(moves);

  const Hyperparameters& h = model_->hyperparameters();
  RopeTable table(h.rope);
  table.reserve(12);
  std::vector<float> key(h.kv_length());
  std::vector<float> value(h.kv_length());
  for (const SlotMove& move : moves) {
    const std::byte* const from = bytes.data() + move.from * storage_->slot_bytes();
    for (std::uint32_t layer = 0; layer < h.layer_count; ++layer) {
      storage_->read(move.to, layer, key, value);
      std::vector<float> expected(h.kv_length());
      const std::size_t first = std::size_t{2} * layer * h.kv_length();
      for (std::size_t i = 0; i < h.kv_length(); ++i) {
        expected[i] = test::number_at(GetParam(), from, first + i);
        EXPECT_EQ(value[i], test::number_at(GetParam(), from, first + h.kv_length() + i));
      }
      for (std::size_t head = 0; move.shift != 0 && head < h.kv_length();
           head += h.head_dimension) {
        table.turn(std::span(expected).subspan(head, h.head_dimension), move.shift);
      }
      for (std::size_t i = 0; i < h.kv_length(); ++i) {
        EXPECT_EQ(key[i], test::rounded_to(GetParam(), expected[i]));
      }
    }
  }
}

}  // namespace
}  // namespace nextline
