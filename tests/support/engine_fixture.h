#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/backend/cpu/cpu_backend.h"
#include "engine/kv/kv_sequence.h"
#include "engine/model/model.h"
#include "tests/support/random.h"
#include "tests/support/random_model.h"

namespace nextline::test {

/// A model in memory, made at random; aborts the test program if the options make no valid model.
class TestModel {
 public:
  explicit TestModel(const RandomModelOptions& options);
  const Model& operator*() const { return *model_; }
  const Model* operator->() const { return model_.get(); }

 private:
  std::vector<std::byte> bytes_;
  std::unique_ptr<const Model> model_;
};

/// A small model of the architecture in which every weight type occurs.
RandomModelOptions every_type(std::string architecture);

std::unique_ptr<Backend> cpu_backend(const Model& model, cpu::InstructionSet instruction_set,
                                     std::uint32_t threads = 1);
/// With the fastest instruction set of this machine.
std::unique_ptr<Backend> cpu_backend(const Model& model, std::uint32_t threads = 1);

std::vector<TokenId> random_tokens(Random& random, std::size_t count, const Model& model);

using LogitRows = std::vector<std::vector<float>>;

/// Keys and values of all layers, token by token, as they are stored.
std::vector<float> keys_and_values_of(const KvSequence& sequence, const KvStorage& storage,
                                      const Model& model);

/// A sequence with its own storage on a backend; edits it and runs the passes.
class TestSequence {
 public:
  explicit TestSequence(Backend& backend, std::uint32_t slot_count = 1024);

  KvSequence& operator*() { return sequence_; }
  KvSequence* operator->() { return &sequence_; }
  SlotPool& pool() { return pool_; }
  KvStorage& storage() { return *storage_; }

  /// Computes tokens before `index`, `rows_per_pass` at a time, and gives the logits of each.
  LogitRows insert(std::uint32_t index, std::span<const TokenId> tokens,
                   std::uint32_t rows_per_pass = 1U << 20);
  LogitRows append(std::span<const TokenId> tokens, std::uint32_t rows_per_pass = 1U << 20) {
    return insert(sequence_.length(), tokens, rows_per_pass);
  }
  /// Computes the tokens at these ascending indices again, in one pass.
  LogitRows recompute(std::span<const std::uint32_t> indices);
  LogitRows recompute_all(std::uint32_t rows_per_pass = 1U << 20);

  /// Runs a planned pass without committing it.
  LogitRows forward(const Pass& pass);
  /// Plans, runs and commits.
  LogitRows run(std::span<const PlannedToken> planned);

  std::vector<float> keys_and_values() const {
    return keys_and_values_of(sequence_, *storage_, backend_.model());
  }

 private:
  Backend& backend_;
  std::unique_ptr<KvStorage> storage_;
  SlotPool pool_;
  KvSequence sequence_;
};

}  // namespace nextline::test
