#include "tests/support/engine_fixture.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace nextline::test {
namespace {

template <typename T>
T value_or_abort(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::abort();
  }
  return std::move(*result);
}

}  // namespace

TestModel::TestModel(const RandomModelOptions& options) : bytes_(random_model(options)) {
  model_ = value_or_abort(Model::load(value_or_abort(gguf::File::parse(bytes_, "random model"))));
}

RandomModelOptions every_type(std::string architecture) {
  using gguf::TensorType;
  RandomModelOptions options;
  options.architecture = std::move(architecture);
  options.layers = 2;
  options.embedding_length = 256;
  options.head_count = 8;
  options.head_count_kv = 2;
  options.head_dim = 32;
  options.feed_forward_length = 512;
  options.tied_embeddings = false;
  options.matrix_types = {{"token_embd.weight", TensorType::kQ5_0},
                          {"output.weight", TensorType::kQ8_0},
                          {"blk.0.attn_q.weight", TensorType::kQ4_0},
                          {"blk.0.attn_k.weight", TensorType::kQ4_1},
                          {"blk.0.attn_v.weight", TensorType::kQ5_1},
                          {"blk.0.attn_output.weight", TensorType::kQ5_0},
                          {"blk.0.ffn_gate.weight", TensorType::kQ4_K},
                          {"blk.0.ffn_up.weight", TensorType::kQ5_K},
                          {"blk.0.ffn_down.weight", TensorType::kQ6_K},
                          {"blk.1.attn_q.weight", TensorType::kF16},
                          {"blk.1.attn_k.weight", TensorType::kBF16},
                          {"blk.1.attn_v.weight", TensorType::kF32},
                          {"blk.1.attn_output.weight", TensorType::kQ6_K},
                          {"blk.1.ffn_gate.weight", TensorType::kQ8_0},
                          {"blk.1.ffn_up.weight", TensorType::kQ4_1},
                          {"blk.1.ffn_down.weight", TensorType::kQ4_K}};
  return options;
}

std::unique_ptr<Backend> cpu_backend(const Model& model, cpu::InstructionSet instruction_set,
                                     std::uint32_t threads) {
  return value_or_abort(cpu::create_backend(model, {instruction_set, threads}));
}

std::unique_ptr<Backend> cpu_backend(const Model& model, std::uint32_t threads) {
  return cpu_backend(model, cpu::supported_instruction_sets().back(), threads);
}

std::vector<TokenId> random_tokens(Random& random, std::size_t count, const Model& model) {
  std::vector<TokenId> tokens(count);
  for (TokenId& token : tokens) {
    token = static_cast<TokenId>(random.below(model.hyperparameters().vocabulary_size));
  }
  return tokens;
}

TestSequence::TestSequence(Backend& backend, std::uint32_t slot_count)
    : backend_(backend),
      storage_(value_or_abort(backend.create_storage(slot_count))),
      pool_(slot_count),
      sequence_(pool_) {}

LogitRows TestSequence::insert(std::uint32_t index, std::span<const TokenId> tokens,
                               std::uint32_t rows_per_pass) {
  LogitRows logits;
  while (!tokens.empty()) {
    const std::size_t count = std::min<std::size_t>(rows_per_pass, tokens.size());
    std::vector<PlannedToken> planned;
    for (const TokenId token : tokens.first(count)) {
      planned.push_back({token, PlannedToken::Place::kInsert, index, true});
    }
    for (auto& row : run(planned)) logits.push_back(std::move(row));
    tokens = tokens.subspan(count);
    index += static_cast<std::uint32_t>(count);
  }
  return logits;
}

LogitRows TestSequence::recompute(std::span<const std::uint32_t> indices) {
  std::vector<PlannedToken> planned;
  for (const std::uint32_t index : indices) {
    planned.push_back({sequence_.tokens()[index], PlannedToken::Place::kReplace, index, true});
  }
  return run(planned);
}

LogitRows TestSequence::recompute_all(std::uint32_t rows_per_pass) {
  LogitRows logits;
  for (std::uint32_t first = 0; first < sequence_.length(); first += rows_per_pass) {
    std::vector<std::uint32_t> indices;
    const std::uint32_t count = std::min(rows_per_pass, sequence_.length() - first);
    for (std::uint32_t i = 0; i < count; ++i) indices.push_back(first + i);
    for (auto& row : recompute(indices)) logits.push_back(std::move(row));
  }
  return logits;
}

LogitRows TestSequence::forward(const Pass& pass) {
  Logits logits;
  backend_.forward(*storage_, pass.batch(), logits, {});
  LogitRows rows;
  for (std::size_t i = 0; i < logits.row_count(); ++i) {
    rows.emplace_back(logits.row(i).begin(), logits.row(i).end());
  }
  return rows;
}

LogitRows TestSequence::run(std::span<const PlannedToken> planned) {
  Pass pass = value_or_abort(sequence_.plan(planned));
  LogitRows logits = forward(pass);
  sequence_.commit(std::move(pass));
  return logits;
}

std::vector<float> keys_and_values_of(const KvSequence& sequence, const KvStorage& storage,
                                      const Model& model) {
  const Hyperparameters& h = model.hyperparameters();
  std::vector<float> key(h.kv_length());
  std::vector<float> value(h.kv_length());
  std::vector<float> all;
  for (const Piece& piece : sequence.pieces()) {
    for (std::uint32_t i = 0; i < piece.length; ++i) {
      for (std::uint32_t layer = 0; layer < h.layer_count; ++layer) {
        storage.read(piece.first_slot + i, layer, key, value);
        all.insert(all.end(), key.begin(), key.end());
        all.insert(all.end(), value.begin(), value.end());
      }
    }
  }
  return all;
}

}  // namespace nextline::test
