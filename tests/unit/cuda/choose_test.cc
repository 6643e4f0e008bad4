// Tokens chosen on the device are those that the host chooses from the same logits, and as likely.

#include "engine/backend/cuda/choose.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "engine/backend/log_softmax.h"
#include "tests/support/random.h"

namespace nextline::cuda {
namespace {

constexpr Sampling kSamplings[] = {
    {}, {1.0F, 1.0F, 3}, {0.7F, 0.9F, 3}, {3.0F, 0.999F, 4}, {1.0F, 1e-9F, 5}, {0.01F, 0.5F, 6}};

class ChooseTest : public ::testing::Test {
 protected:
  /// What the device takes from rows of logits at the positions behind 10, 11, …
  std::vector<ChosenToken> chosen(const std::vector<std::vector<float>>& rows,
                                  const Sampling& sampling) {
    const std::uint32_t size = static_cast<std::uint32_t>(rows.front().size());
    const std::uint32_t count = static_cast<std::uint32_t>(rows.size());
    std::vector<float> all;
    std::vector<PassRow> places(count + 1);  // The first one asks for nothing.
    std::vector<std::uint32_t> asking;
    for (std::uint32_t i = 0; i < count; ++i) {
      all.insert(all.end(), rows[i].begin(), rows[i].end());
      places[i + 1].position = 10 + i;
      asking.push_back(i + 1);
    }
    const auto logits = uploaded(all);
    const auto on_device = uploaded(places);
    const auto indices = uploaded(asking);
    const auto draw = uploaded(std::vector{draw_of(sampling)});
    std::vector<PickedToken> found(count, {-1, 1.0F, 1.0F, 1.0F});
    const auto picked = uploaded(found);
    EXPECT_TRUE(choose_tokens(*device_, logits.data(), size, on_device.data(), indices.data(),
                              count, draw.data(), picked.data()));
    EXPECT_TRUE(device_->copy(found.data(), picked.data(), count * sizeof(PickedToken),
                              cudaMemcpyDeviceToHost));
    EXPECT_TRUE(device_->synchronize());
    std::vector<ChosenToken> chosen;
    for (const PickedToken& one : found) chosen.push_back(one.chosen());
    return chosen;
  }

  void expect_as_on_the_host(const std::vector<std::vector<float>>& rows) {
    for (const Sampling& sampling : kSamplings) {
      SCOPED_TRACE(sampling.seed);
      std::vector<ChosenToken> expected;
      for (const std::vector<float>& row : rows) {
        const TokenId token =
            nextline::choose(row, sampling, static_cast<Position>(11 + expected.size()));
        expected.push_back({token, LogSoftmax(row).of(row[static_cast<std::size_t>(token)])});
      }
      EXPECT_EQ(chosen(rows, sampling), expected);
    }
  }

 private:
  template <typename T>
  DeviceBuffer<T> uploaded(const std::vector<T>& values) {
    auto buffer = std::move(DeviceBuffer<T>::allocate(values.size(), "a test")).value();
    EXPECT_TRUE(device_->copy(buffer.data(), values.data(), values.size() * sizeof(T),
                              cudaMemcpyHostToDevice));
    EXPECT_TRUE(device_->synchronize());
    return buffer;
  }

  std::unique_ptr<DeviceContext> device_ = std::move(DeviceContext::open(0)).value();
};

TEST_F(ChooseTest, ChoosesAsTheHostDoes) {
  test::Random random{6};
  // Fewer tokens than a block has threads, more, and no multiple of anything.
  for (const std::size_t size : {1U, 31U, 1000U, 5003U}) {
    SCOPED_TRACE(size);
    std::vector<std::vector<float>> rows(3, std::vector<float>(size));
    for (auto& row : rows) {
      for (float& logit : row) logit = 3.0F * random.normal();
    }
    expect_as_on_the_host(rows);
  }
}

TEST_F(ChooseTest, EqualAndMissingNumbersAreTakenAsOnTheHost) {
  constexpr float kNotANumber = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::vector<float> sparse(300, -kInfinity);
  sparse[270] = 1.0F;
  sparse[40] = 1.0F;
  std::vector<float> broken(300, kNotANumber);
  broken[299] = -5.0F;
  std::vector<float> endless(300, 2.0F);
  endless[17] = kInfinity;
  expect_as_on_the_host({std::vector<float>(300, 1.5F), sparse, broken, endless,
                         std::vector<float>(300, kNotANumber),
                         std::vector<float>(300, -kInfinity)});
}

}  // namespace
}  // namespace nextline::cuda
