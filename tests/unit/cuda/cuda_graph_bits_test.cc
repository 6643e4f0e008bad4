// Passes that are graphs give the bits of those that are not, on the emulated device and on real
// ones.

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/unit/cuda/cuda_document.h"

namespace nextline {
namespace {

using test::Document;
using test::LogitRows;
using test::make_backend;
using test::tree_of;

/// All that random passes over documents of several types gave, and left.
struct Walked {
  LogitRows logits;
  std::vector<ChosenToken> chosen;
  std::vector<float> keys_and_values;
};

class RandomWalk {
 public:
  RandomWalk(Backend& backend, const Model& model)
      : model_(model),
        documents_{{backend, KvType::kFloat16},
                   {backend, KvType::kFloat16},
                   {backend, KvType::kBFloat16}} {}

  Walked walk() {
    for (int step = 0; step < kSteps; ++step) take_step(documents_[random_.below(3)]);
    for (const Document& document : documents_) {
      const auto own = document.keys_and_values();
      walked_.keys_and_values.insert(walked_.keys_and_values.end(), own.begin(), own.end());
    }
    return std::move(walked_);
  }

 private:
  static constexpr int kSteps = 160;

  void take_step(Document& document) {
    const std::uint32_t length = (*document).length();
    const auto somewhere = static_cast<std::uint32_t>(random_.below(length + 1));
    switch (random_.below(5)) {
      case 0:
        return add(document.insert(somewhere, tokens(1 + random_.below(16))));
      case 1:
        return add(document.append(tokens(random_.below(3) == 0 ? 100 : 1)));
      case 2:
        return (*document).erase(somewhere, std::min(length - somewhere, 3U));
      default:
        const auto size = static_cast<std::uint32_t>(1 + random_.below(random_.below(2) ? 2 : 16));
        const Sampling sampling{random_.below(2) ? 0.8F : 0.0F, 0.9F, random_.below(5)};
        const auto chosen = document.verify(tree_of(size), sampling);
        walked_.chosen.insert(walked_.chosen.end(), chosen.begin(), chosen.end());
    }
  }
  std::vector<TokenId> tokens(std::size_t count) {
    return test::random_tokens(random_, count, model_);
  }
  void add(LogitRows logits) {
    for (auto& row : logits) walked_.logits.push_back(std::move(row));
  }

  const Model& model_;
  test::Random random_{18};
  Document documents_[3];
  Walked walked_;
};

TEST(CudaGraphBits, RandomPassesGiveTheSameWithGraphsAndWithout) {
  test::RandomModelOptions options;
  options.layers = 3;
  const test::TestModel model(options);
  const auto without = make_backend(*model, false);
  const auto with = make_backend(*model);
  const Walked expected = RandomWalk(*without, *model).walk();
  const Walked actual = RandomWalk(*with, *model).walk();
  EXPECT_GT(expected.chosen.size(), 300U);
  test::expect_same_bits(expected.logits, actual.logits);
  EXPECT_EQ(expected.chosen, actual.chosen);
  test::expect_same_bits(expected.keys_and_values, actual.keys_and_values);
}

}  // namespace
}  // namespace nextline
