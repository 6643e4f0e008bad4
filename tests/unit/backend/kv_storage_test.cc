#include "engine/kv/kv_storage.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <numeric>

#include "engine/backend/reference/reference_backend.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/stored_numbers.h"
#include "tests/support/typed_backend.h"

namespace nextline {
namespace {

using test::TestSequence;

struct BackendCase {
  const char* name;
  KvType type;
  std::function<std::unique_ptr<Backend>(const Model&)> create;
};

/// All instruction sets with the type that is chosen, the last with the others.
std::vector<BackendCase> backends() {
  std::vector<BackendCase> all = {{"reference", KvType::kFloat32, reference::create_backend}};
  const auto sets = cpu::supported_instruction_sets();
  for (const KvType type : test::kKvTypes) {
    for (const auto instruction_set : sets) {
      if (type != KvType::kFloat16 && instruction_set != sets.back()) continue;
      for (const std::uint32_t threads : {1U, 3U}) {
        all.push_back({"cpu", type, [=](const Model& model) {
                         return std::make_unique<test::TypedBackend>(
                             test::cpu_backend(model, instruction_set, threads), type);
                       }});
      }
    }
  }
  return all;
}

class KvStorageTest : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kSlots = 150;  // The last group of 16 is not whole.

  /// A storage on which some tokens have been computed, in slots 0, 1, 2, ….
  std::unique_ptr<TestSequence> filled(Backend& backend, std::uint32_t tokens) {
    auto sequence = std::make_unique<TestSequence>(backend, kSlots);
    sequence->append(test::random_tokens(random_, tokens, *model_));
    return sequence;
  }

  /// The vectors of a slot, in the order in which `save` gives them.
  std::vector<float> read(const KvStorage& storage, Slot slot) const {
    const auto& h = model_->hyperparameters();
    std::vector<float> all;
    for (std::uint32_t layer = 0; layer < h.layer_count; ++layer) {
      std::vector<float> key(h.kv_length());
      std::vector<float> value(h.kv_length());
      storage.read(slot, layer, key, value);
      all.insert(all.end(), key.begin(), key.end());
      all.insert(all.end(), value.begin(), value.end());
    }
    return all;
  }

  static std::vector<std::byte> saved(const KvStorage& storage, const std::vector<Slot>& slots) {
    std::vector<std::byte> bytes(slots.size() * storage.slot_bytes());
    storage.save(slots, bytes);
    return bytes;
  }

  /// Lists of slots as sequences have them: in a run, cut up, in any order, none.
  static std::vector<std::vector<Slot>> lists() {
    std::vector<Slot> run(kSlots);
    std::iota(run.begin(), run.end(), 0);
    std::vector<Slot> backwards(run.rbegin(), run.rend());
    return {run, backwards, {7, 8, 9, 40, 15, 16, 17, 18, 3, 149, 148, 2, 31, 32}, {5}, {}};
  }

  test::TestModel model_{test::every_type("qwen2")};
  test::Random random_{4};
};

TEST_F(KvStorageTest, SavesKeysAndValuesInTheOneLayoutOfTheirType) {
  for (const BackendCase& backend_case : backends()) {
    SCOPED_TRACE(backend_case.name);
    const auto backend = backend_case.create(*model_);
    const auto sequence = filled(*backend, kSlots);
    const KvStorage& storage = sequence->storage();
    ASSERT_EQ(storage.kv_type(), backend_case.type);
    for (const std::vector<Slot>& slots : lists()) {
      const std::vector<std::byte> bytes = saved(storage, slots);
      for (std::size_t i = 0; i < slots.size(); ++i) {
        const std::vector<float> expected = read(storage, slots[i]);
        const std::byte* slot = bytes.data() + i * storage.slot_bytes();
        ASSERT_EQ(storage.slot_bytes(), expected.size() * bytes_of(storage.kv_type()));
        for (std::size_t at = 0; at < expected.size(); ++at) {
          ASSERT_EQ(test::number_at(storage.kv_type(), slot, at), expected[at]);
        }
      }
    }
  }
}

TEST_F(KvStorageTest, LoadsIntoAnySlotsWhatAnyBackendOfTheTypeSaved) {
  std::vector<Slot> all(kSlots);
  std::iota(all.begin(), all.end(), 0);
  struct Filled {
    std::unique_ptr<Backend> backend;
    std::unique_ptr<TestSequence> sequence;
  };
  std::vector<Filled> storages;
  for (const BackendCase& backend_case : backends()) {
    auto backend = backend_case.create(*model_);
    auto sequence = filled(*backend, kSlots);
    storages.push_back({std::move(backend), std::move(sequence)});
  }
  for (const auto& [from_backend, from] : storages) {
    for (const auto& [to_backend, to] : storages) {
      if (from->storage().kv_type() != to->storage().kv_type()) continue;
      for (const std::vector<Slot>& slots : lists()) {
        std::vector<std::byte> expected = saved(to->storage(), all);
        std::vector<Slot> sources = slots;  // Others than those they go to.
        for (Slot& slot : sources) slot = (slot + 77) % kSlots;
        const std::vector<std::byte> bytes = saved(from->storage(), sources);
        const std::size_t slot_bytes = to->storage().slot_bytes();
        for (std::size_t i = 0; i < slots.size(); ++i) {
          std::memcpy(expected.data() + slots[i] * slot_bytes, bytes.data() + i * slot_bytes,
                      slot_bytes);
        }
        to->storage().load(slots, bytes);
        // What is not named stays as it was.
        ASSERT_EQ(saved(to->storage(), all), expected);
      }
    }
  }
}

TEST_F(KvStorageTest, TheReferenceRefusesATypeThatItDoesNotHave) {
  const auto backend = reference::create_backend(*model_);
  EXPECT_TRUE(backend->create_storage(1, KvType::kFloat32).has_value());
  const auto storage = backend->create_storage(1, KvType::kBFloat16);
  ASSERT_FALSE(storage.has_value());
  EXPECT_EQ(storage.error().message,
            "The reference backend keeps keys and values in float32, not in bfloat16.");
}

TEST_F(KvStorageTest, AnArithmeticIsOneForAllInstructionSetsAndNoOtherBackends) {
  const auto reference = reference::create_backend(*model_);
  for (const auto instruction_set : cpu::supported_instruction_sets()) {
    const auto backend = test::cpu_backend(*model_, instruction_set);
    EXPECT_EQ(backend->arithmetic_version(), test::cpu_backend(*model_)->arithmetic_version());
    EXPECT_NE(backend->arithmetic_version(), reference->arithmetic_version());
  }
}

}  // namespace
}  // namespace nextline
