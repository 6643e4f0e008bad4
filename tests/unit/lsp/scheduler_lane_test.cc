// Tasks of several clients on one scheduler.

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>

#include "lsp/completion/scheduler.h"

namespace nextline::lsp {
namespace {

using namespace std::chrono_literals;
using Priority = Scheduler::Priority;

/// A scheduler with two lanes, on which nothing runs before `begin`.
class SchedulerLane : public testing::Test {
 protected:
  SchedulerLane() {
    scheduler_.submit(Priority::kChange,
                      [this](const std::stop_token&) { begun_.get_future().wait(); });
  }

  /// A task that adds a letter to `order_`.
  std::stop_source submit(Scheduler::Lane& lane, Priority priority, char name) {
    return lane.submit(priority, [this, name](const std::stop_token&) { order_ += name; });
  }
  void begin() { begun_.set_value(); }
  /// Returns when all that was submitted before is done or dropped, but for idle work.
  void wait() {
    std::promise<void> reached;
    scheduler_.submit(Priority::kLookAhead, [&](const std::stop_token&) { reached.set_value(); });
    reached.get_future().wait();
  }

  std::promise<void> begun_;
  std::string order_;
  Scheduler scheduler_{0ms};
  std::optional<Scheduler::Lane> a_{scheduler_};
  std::optional<Scheduler::Lane> b_{scheduler_};
};

/// Waits in a task until that is stopped.
void wait_for_stop(const std::stop_token& token) {
  std::promise<void> stopped;
  const std::stop_callback on_stop(token, [&] { stopped.set_value(); });
  stopped.get_future().wait();
}

TEST_F(SchedulerLane, LanesTakeTurnsAndEachKeepsItsOrder) {
  for (const char name : {'1', '2', '3'}) submit(*a_, Priority::kCompletion, name);
  for (const char name : {'x', 'y'}) submit(*b_, Priority::kCompletion, name);
  begin();
  wait();
  EXPECT_EQ(order_, "1x2y3");
}

TEST_F(SchedulerLane, WhatIsMoreUrgentComesFirstWhoeverItBelongsTo) {
  submit(*a_, Priority::kPreparation, 'p');
  submit(*a_, Priority::kCompletion, 'c');
  submit(*b_, Priority::kChange, 'e');
  submit(*b_, Priority::kPreparation, 'q');
  begin();
  wait();
  EXPECT_EQ(order_, "ecpq");
}

TEST_F(SchedulerLane, WhoSubmitsAgainAndAgainTakesNobodysTurn) {
  submit(*b_, Priority::kPreparation, 'x');
  std::function<void()> again = [&] {
    order_ += 'a';
    if (order_.size() < 6) {
      a_->submit(Priority::kPreparation, [&](const std::stop_token&) { again(); });
    }
  };
  a_->submit(Priority::kPreparation, [&](const std::stop_token&) { again(); });
  submit(*b_, Priority::kPreparation, 'y');
  submit(*b_, Priority::kPreparation, 'z');
  begin();
  wait();
  EXPECT_EQ(order_, "xayaza");
}

TEST_F(SchedulerLane, TasksThatAreStoppedTakeNoTurn) {
  std::stop_source stop = submit(*a_, Priority::kCompletion, '1');
  submit(*a_, Priority::kCompletion, '2');
  submit(*b_, Priority::kCompletion, 'x');
  submit(*b_, Priority::kCompletion, 'y');
  stop.request_stop();
  begin();
  wait();
  EXPECT_EQ(order_, "2xy");
}

TEST_F(SchedulerLane, ALaneThatGoesDropsItsTasksAndNoOthers) {
  submit(*a_, Priority::kChange, '1');
  submit(*b_, Priority::kCompletion, 'x');
  submit(*a_, Priority::kCompletion, '2');
  a_.reset();
  begin();
  wait();
  EXPECT_EQ(order_, "x");
}

TEST_F(SchedulerLane, ALaneThatGoesStopsItsTaskAndWaitsForItsEnd) {
  std::promise<void> running;
  const auto held = std::make_shared<int>(1);
  Scheduler::Lane& lane = *a_;
  bool has_ended = false;
  lane.submit(Priority::kCompletion, [&, held](const std::stop_token& token) {
    running.set_value();
    wait_for_stop(token);
    submit(lane, Priority::kCompletion, 'l');  // Is too late.
    has_ended = true;
  });
  submit(*b_, Priority::kCompletion, 'x');
  begin();
  running.get_future().wait();
  a_.reset();
  EXPECT_TRUE(has_ended);
  EXPECT_EQ(held.use_count(), 1) << "What the task held is given back, too.";
  wait();
  EXPECT_EQ(order_, "x");
}

TEST_F(SchedulerLane, ALaneThatGoesLeavesTheOthersTaskAlone) {
  std::promise<void> running;
  std::promise<void> go_on;
  bool was_stopped = true;
  b_->submit(Priority::kCompletion, [&](const std::stop_token& token) {
    running.set_value();
    go_on.get_future().wait();
    was_stopped = token.stop_requested();
  });
  begin();
  running.get_future().wait();
  a_.reset();
  go_on.set_value();
  wait();
  EXPECT_FALSE(was_stopped);
}

TEST_F(SchedulerLane, IdleWorkOfOneGivesWayToAnother) {
  begin();
  std::promise<void> running;
  a_->submit(Priority::kRefresh, [&](const std::stop_token& token) {
    running.set_value();
    wait_for_stop(token);
    order_ += 'r';
  });
  running.get_future().wait();
  submit(*b_, Priority::kPreparation, 'p');
  wait();
  EXPECT_EQ(order_, "rp");
}

TEST_F(SchedulerLane, WhatComesBehindTheEndIsDropped) {
  submit(*a_, Priority::kChange, '1');
  begin();
  wait();
  scheduler_.end();
  submit(*a_, Priority::kChange, '2');
  submit(*b_, Priority::kRefresh, 'x');
  EXPECT_EQ(order_, "1");
}

TEST(LongPause, WhatIsForALongPauseComesBehindAllElse) {
  std::promise<void> reached;
  std::promise<void> go_on;
  std::string order;
  Scheduler scheduler({.refresh = 0ms, .unload = 0ms});
  scheduler.submit(Priority::kChange, [&](const std::stop_token&) { go_on.get_future().wait(); });
  scheduler.submit(Priority::kUnload, [&](const std::stop_token&) {
    order += 'u';
    reached.set_value();
  });
  scheduler.submit(Priority::kRefresh, [&](const std::stop_token&) { order += 'r'; });
  scheduler.submit(Priority::kPreparation, [&](const std::stop_token&) { order += 'p'; });
  go_on.set_value();
  reached.get_future().wait();
  EXPECT_EQ(order, "pru");
}

TEST(LongPause, ItsTasksWaitForOneThoughIdleWorkDoesNot) {
  std::promise<void> reached;
  bool ran = false;
  Scheduler scheduler({.refresh = 0ms, .unload = std::chrono::hours(24)});
  scheduler.submit(Priority::kUnload, [&](const std::stop_token&) { ran = true; });
  scheduler.submit(Priority::kRefresh, [&](const std::stop_token&) { reached.set_value(); });
  reached.get_future().wait();
  scheduler.end();
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace nextline::lsp
