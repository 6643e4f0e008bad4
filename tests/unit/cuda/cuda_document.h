#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "tests/unit/cuda/cuda_fixture.h"

namespace nextline::test {

/// With passes of few rows as graphs, or call by call.
inline std::unique_ptr<Backend> make_backend(const Model& model, bool uses_graphs = true) {
  cuda::Options options;
  options.uses_graphs = uses_graphs;
  auto backend = cuda::create_backend(model, options);
  if (backend) return std::move(*backend);
  ADD_FAILURE() << backend.error().message;
  std::abort();
}

/// A sequence in a storage of some type.
class Document {
 public:
  Document(Backend& backend, KvType kv_type)
      : backend_(backend),
        storage_(std::move(backend.create_storage(kSlots, kv_type)).value()),
        pool_(kSlots),
        sequence_(pool_) {}

  KvSequence& operator*() { return sequence_; }

  /// Logits of tokens inserted somewhere, in one pass.
  LogitRows insert(std::uint32_t index, const std::vector<TokenId>& tokens) {
    std::vector<PlannedToken> planned;
    for (const TokenId token : tokens) {
      planned.push_back({token, PlannedToken::Place::kInsert, index, tokens.size() < 4});
    }
    planned.back().wants_logits = true;
    Pass pass = std::move(sequence_.plan(planned)).value();
    Logits logits;
    EXPECT_EQ(backend_.forward(*storage_, pass.batch(), logits, {}), PassOutcome::kFinished);
    sequence_.commit(std::move(pass));
    LogitRows rows;
    for (std::size_t i = 0; i < logits.row_count(); ++i) {
      rows.emplace_back(logits.row(i).begin(), logits.row(i).end());
    }
    return rows;
  }
  LogitRows append(const std::vector<TokenId>& tokens) {
    return insert(sequence_.length(), tokens);
  }

  /// What follows each token of a draft, whose first one is taken in.
  std::vector<ChosenToken> verify(const std::vector<DraftToken>& draft,
                                  const Sampling& sampling = {}) {
    Pass pass = std::move(sequence_.plan({}, draft)).value();
    std::vector<ChosenToken> chosen;
    EXPECT_EQ(backend_.next_tokens(*storage_, pass.batch(), sampling, chosen, {}),
              PassOutcome::kFinished);
    sequence_.commit(std::move(pass), std::vector<std::uint32_t>{0});
    return chosen;
  }
  std::vector<ChosenToken> decode(TokenId token) { return verify({{token, {}}}); }

  std::vector<float> keys_and_values() const {
    return test::keys_and_values_of(sequence_, *storage_, backend_.model());
  }

 private:
  static constexpr std::uint32_t kSlots = 1024;

  Backend& backend_;
  std::unique_ptr<KvStorage> storage_;
  SlotPool pool_;
  KvSequence sequence_;
};

/// A tree of so many tokens: a trunk of two, the others leaves of it.
inline std::vector<DraftToken> tree_of(std::uint32_t size) {
  std::vector<DraftToken> tree = {{5, {}}};
  if (size > 1) tree.push_back({6, 0});
  while (tree.size() < size) {
    tree.push_back(
        {static_cast<TokenId>(7 + tree.size()), static_cast<std::uint32_t>(tree.size() % 2)});
  }
  return tree;
}

}  // namespace nextline::test
