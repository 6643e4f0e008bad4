#include "server/later_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <optional>
#include <thread>
#include <vector>

namespace nextline::server {
namespace {

using namespace std::chrono_literals;

TEST(LaterCalls, RunInTheOrderOfTheirTimes) {
  boost::asio::io_context context;
  LaterCalls calls(context);
  std::vector<int> called;
  calls.call(20ms, [&] { called.push_back(2); });
  calls.call(1ms, [&] {
    called.push_back(1);
    calls.call(40ms, [&] { called.push_back(3); });
  });
  context.run();
  EXPECT_THAT(called, testing::ElementsAre(1, 2, 3));
}

TEST(LaterCalls, OnceGivenUpNothingIsCalledAndNobodyWaits) {
  boost::asio::io_context context;
  LaterCalls calls(context);
  bool is_called = false;
  calls.call(24h, [&] { is_called = true; });
  calls.call(0ms, [&] { calls.give_up(); });
  calls.call(24h, [&] { is_called = true; });
  context.run();  // Would not come back if it waited.
  calls.call(0ms, [&] { is_called = true; });
  context.restart();
  context.run();
  EXPECT_FALSE(is_called);
}

TEST(LaterCalls, ThatAreGoneCallNothingThoughTheTimeHasCome) {
  boost::asio::io_context context;
  std::optional<LaterCalls> calls(std::in_place, context);
  bool is_called = false;
  // Both are due at once; the first one takes the second along.
  calls->call(0ms, [&] { calls.reset(); });
  calls->call(0ms, [&] { is_called = true; });
  std::this_thread::sleep_for(1ms);
  context.run();
  EXPECT_FALSE(is_called);
}

}  // namespace
}  // namespace nextline::server
