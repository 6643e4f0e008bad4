// Passes of few rows are CUDA graphs from the second of a shape on. Nobody can tell but by what is
// asked of the device, which only the emulated one counts.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/cuda_device/cuda_device.h"
#include "tests/unit/cuda/cuda_document.h"

namespace nextline {
namespace {

using cuda_device::FaultKind;
using test::Document;
using test::expect_same_bits;
using test::make_backend;
using test::TestModel;
using test::tree_of;

class CudaGraphsTest : public ::testing::Test {
 protected:
  ~CudaGraphsTest() override { cuda_device::set({}); }

  std::vector<TokenId> tokens(std::size_t count) {
    return test::random_tokens(random_, count, *model_);
  }

  static test::RandomModelOptions options() {
    test::RandomModelOptions options;
    options.layers = 3;
    return options;
  }
  static cuda_device::DeviceCounts counts() { return cuda_device::counts(); }

  /// How often each function was called since the counts were reset.
  static std::map<std::string, std::uint64_t> calls_by_function() {
    std::map<std::string, std::uint64_t> calls;
    for (const auto& [site, times] : cuda_device::calls()) {
      calls[std::string(site.function)] += times;
    }
    return calls;
  }
  static void expect_one_launch_and_one_wait() {
    const std::map<std::string, std::uint64_t> expected = {
        {"cudaGraphLaunch", 1}, {"cudaSetDevice", 1}, {"cudaStreamSynchronize", 1}};
    EXPECT_EQ(calls_by_function(), expected);
    EXPECT_EQ(counts().by_graphs.copies_to_device, 1U);
    EXPECT_EQ(counts().by_graphs.copies_to_host, 1U);
  }

  TestModel model_{options()};
  test::Random random_{17};
};

TEST_F(CudaGraphsTest, ADecodedTokenIsOneLaunchAndOneCopyOfItsResult) {
  const auto backend = make_backend(*model_);
  Document document(*backend, KvType::kFloat16);
  document.append(tokens(270));  // Blocks that are to be merged.
  for (int i = 0; i < 2; ++i) document.decode(5);
  cuda_device::reset_counts();
  document.decode(5);
  expect_one_launch_and_one_wait();
  const cuda_device::WorkCounts work = counts().by_graphs;
  EXPECT_EQ(work.launches, 7U * 3 + 4);  // Embedding, its norm, logits, the choice.
  EXPECT_LT(work.bytes_to_device, 10'000U);
  EXPECT_EQ(work.bytes_to_host, 16U);
}

TEST_F(CudaGraphsTest, LogitsOfATokenAreOneLaunchAndOneCopyToo) {
  const auto backend = make_backend(*model_);
  Document document(*backend, KvType::kFloat16);
  document.append(tokens(20));
  for (int i = 0; i < 2; ++i) document.append({5});
  cuda_device::reset_counts();
  document.append({5});
  expect_one_launch_and_one_wait();
  EXPECT_EQ(counts().by_graphs.bytes_to_host,
            model_->hyperparameters().vocabulary_size * sizeof(float));
}

TEST_F(CudaGraphsTest, AVerifiedTreeIsOneLaunchAndOneCopyOfItsResult) {
  const auto backend = make_backend(*model_);
  Document document(*backend, KvType::kFloat16);
  document.append(tokens(400));
  (*document).erase(300, 100);  // What all passes fill has been had by now.
  for (std::uint32_t size = 2; size <= 16; ++size) {
    SCOPED_TRACE(size);
    for (int i = 0; i < 2; ++i) document.verify(tree_of(size));
    cuda_device::reset_counts();
    EXPECT_EQ(document.verify(tree_of(size)).size(), size);
    expect_one_launch_and_one_wait();
  }
}

TEST_F(CudaGraphsTest, DocumentsTakeTurnsWithTheSameGraphAndEachTypeHasItsOwn) {
  const auto backend = make_backend(*model_);
  Document first(*backend, KvType::kFloat16);
  Document second(*backend, KvType::kFloat16);
  Document other(*backend, KvType::kFloat32);
  for (Document* document : {&first, &second, &other}) document->append(tokens(20));
  cuda_device::reset_counts();
  for (int i = 0; i < 3; ++i) {
    for (Document* document : {&first, &second, &other}) document->decode(5);
  }
  EXPECT_EQ(counts().captures, 2U);
  EXPECT_EQ(counts().graph_launches, 5U + 2U);
}

TEST_F(CudaGraphsTest, DrawingOtherwiseIsTheSameGraph) {
  const auto backend = make_backend(*model_);
  Document document(*backend, KvType::kFloat16);
  document.append(tokens(20));
  for (int i = 0; i < 2; ++i) document.decode(5);
  cuda_device::reset_counts();
  document.verify({{5, {}}}, {1.0F, 1.0F, 3});
  document.verify({{5, {}}}, {0.7F, 0.9F, 4});
  EXPECT_EQ(counts().captures, 0U);
  EXPECT_EQ(counts().graph_launches, 2U);
}

TEST_F(CudaGraphsTest, AContextThatHasOutgrownItsGraphGetsAnother) {
  const auto backend = make_backend(*model_);
  const auto without = make_backend(*model_, false);
  Document grown(*backend, KvType::kFloat16);
  Document twin(*without, KvType::kFloat16);
  const auto text = tokens(250);
  for (Document* document : {&grown, &twin}) document->append(text);
  cuda_device::reset_counts();
  for (TokenId token = 5; token < 25; ++token) {  // Over the end of a block of positions.
    EXPECT_EQ(grown.decode(token), twin.decode(token));
  }
  EXPECT_EQ(counts().captures, 2U);
  EXPECT_EQ(counts().graph_launches, 18U);  // Of either, the first one is none.
}

TEST_F(CudaGraphsTest, ABufferThatGrowsHasGraphsMadeAnew) {
  const auto backend = make_backend(*model_);
  const auto without = make_backend(*model_, false);
  Document document(*backend, KvType::kFloat16);
  Document twin(*without, KvType::kFloat16);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(document.decode(5), twin.decode(5));
  const auto text = tokens(100);
  expect_same_bits(document.append(text), twin.append(text));
  cuda_device::reset_counts();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(document.decode(5), twin.decode(5));
  EXPECT_EQ(counts().captures, 1U);
  EXPECT_EQ(counts().graph_launches, 3U);
}

TEST_F(CudaGraphsTest, AGraphThatCannotBeMadeIsNoFailure) {
  const auto without = make_backend(*model_, false);
  Document twin(*without, KvType::kFloat16);
  const auto text = tokens(20);
  twin.append(text);
  const auto expected = twin.decode(5);
  const auto expected_next = twin.decode(6);

  const auto backend = make_backend(*model_);
  Document document(*backend, KvType::kFloat16);
  document.append(text);
  document.decode(5);
  cuda_device::reset_counts();
  document.decode(6);
  for (const auto& [site, times] : cuda_device::calls()) {
    // Not what is no part of a graph, and what follows when it is there.
    if (site.function == "cudaSetDevice" || site.function == "cudaStreamSynchronize" ||
        site.function == "cudaGraphDestroy") {
      continue;
    }
    for (std::uint64_t occurrence = 1; occurrence <= times; ++occurrence) {
      SCOPED_TRACE(cuda_device::description(site));
      const auto own = make_backend(*model_);
      Document refused(*own, KvType::kFloat16);
      refused.append(text);
      EXPECT_EQ(refused.decode(5), expected);
      cuda_device::Settings settings;
      settings.fault = {site, occurrence, FaultKind::kOutOfMemory};
      cuda_device::set(settings);
      cuda_device::reset_counts();
      EXPECT_EQ(refused.decode(6), expected_next);
      EXPECT_EQ(counts().graph_launches, 0U);
      EXPECT_EQ(own->broken_by(), nullptr);
      cuda_device::set({});
    }
  }
}

TEST_F(CudaGraphsTest, APassThatIsStoppedBeforeItIsAskedForAsksForNothing) {
  const auto backend = make_backend(*model_);
  auto storage = std::move(backend->create_storage(64)).value();
  SlotPool pool(64);
  KvSequence sequence(pool);
  const std::vector<DraftToken> draft = {{5, {}}};
  std::stop_source stop;
  stop.request_stop();
  for (int i = 0; i < 3; ++i) {
    const Pass pass = std::move(sequence.plan({}, draft)).value();
    std::vector<ChosenToken> chosen;
    cuda_device::reset_counts();
    EXPECT_EQ(backend->next_tokens(*storage, pass.batch(), {}, chosen, stop.get_token()),
              PassOutcome::kCancelled);
    EXPECT_EQ(counts().launches + counts().graph_launches + counts().captures, 0U);
  }
}

}  // namespace
}  // namespace nextline
