#include "lsp/completion/scheduler.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

namespace nextline::lsp {
namespace {

using namespace std::chrono_literals;
using Priority = Scheduler::Priority;

/// Returns when all that was submitted before is done or dropped.
void wait_for(Scheduler& scheduler) {
  std::promise<void> reached;
  scheduler.submit(Priority::kPreparation, [&](const std::stop_token&) { reached.set_value(); });
  reached.get_future().wait();
}

TEST(Scheduler, RunsTasksInOrderOnOneThread) {
  Scheduler scheduler;
  std::vector<int> order;
  std::vector<std::thread::id> threads;
  for (int i = 0; i < 100; ++i) {
    scheduler.submit(Priority::kCompletion, [&, i](const std::stop_token&) {
      order.push_back(i);
      threads.push_back(std::this_thread::get_id());
    });
  }
  wait_for(scheduler);
  ASSERT_EQ(order.size(), 100U);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(order[i], i);
    EXPECT_EQ(threads[i], threads[0]);
  }
  EXPECT_NE(threads[0], std::this_thread::get_id());
}

TEST(Scheduler, RunsWhatIsMoreUrgentFirst) {
  Scheduler scheduler;
  std::promise<void> go_on;
  std::string order;
  scheduler.submit(Priority::kChange, [&](const std::stop_token&) { go_on.get_future().wait(); });
  const auto submit = [&](Priority priority, char name) {
    scheduler.submit(priority, [&order, name](const std::stop_token&) { order += name; });
  };
  submit(Priority::kPreparation, 'p');
  submit(Priority::kCompletion, 'c');
  submit(Priority::kCompletion, 'd');
  submit(Priority::kChange, 'e');
  go_on.set_value();
  wait_for(scheduler);
  EXPECT_EQ(order, "ecdp");
}

TEST(Scheduler, TellsOfATaskThatFoundNoMemoryAndGoesOn) {
  std::string order;
  Scheduler scheduler(Scheduler::Pauses(), [&] { order += '!'; });
  scheduler.submit(Priority::kCompletion, [&](const std::stop_token&) {
    order += 'a';
    throw std::bad_alloc();
  });
  scheduler.submit(Priority::kCompletion, [&](const std::stop_token&) { order += 'b'; });
  wait_for(scheduler);
  EXPECT_EQ(order, "a!b");
}

TEST(Scheduler, DropsATaskThatIsStoppedBeforeItBegins) {
  Scheduler scheduler;
  std::promise<void> go_on;
  scheduler.submit(Priority::kCompletion,
                   [&](const std::stop_token&) { go_on.get_future().wait(); });
  bool ran = false;
  std::stop_source stop =
      scheduler.submit(Priority::kCompletion, [&](const std::stop_token&) { ran = true; });
  stop.request_stop();
  go_on.set_value();
  wait_for(scheduler);
  EXPECT_FALSE(ran);
}

TEST(Scheduler, ARunningTaskSeesItsStop) {
  Scheduler scheduler;
  std::promise<void> running;
  std::promise<void> stopped;
  std::stop_source stop =
      scheduler.submit(Priority::kCompletion, [&](const std::stop_token& token) {
        const std::stop_callback on_stop(token, [&] { stopped.set_value(); });
        running.set_value();
        stopped.get_future().wait();
      });
  running.get_future().wait();
  stop.request_stop();
  wait_for(scheduler);
}

TEST(Scheduler, TheEndStopsTheRunningTaskAndDropsTheOthers) {
  bool ran = false;
  std::promise<void> running;
  {
    Scheduler scheduler;
    scheduler.submit(Priority::kCompletion, [&](const std::stop_token& token) {
      std::promise<void> stopped;
      const std::stop_callback on_stop(token, [&] { stopped.set_value(); });
      running.set_value();
      stopped.get_future().wait();
    });
    scheduler.submit(Priority::kCompletion, [&](const std::stop_token&) { ran = true; });
    running.get_future().wait();
  }
  EXPECT_FALSE(ran);
}

/// Returns when the idle work that was submitted before is done.
void wait_for_idle_work(Scheduler& scheduler) {
  std::promise<void> reached;
  scheduler.submit(Priority::kRefresh, [&](const std::stop_token&) { reached.set_value(); });
  reached.get_future().wait();
}

constexpr std::chrono::hours kNever{24};

TEST(Scheduler, IdleWorkComesLast) {
  Scheduler scheduler(0ms);
  std::promise<void> go_on;
  std::string order;
  scheduler.submit(Priority::kChange, [&](const std::stop_token&) { go_on.get_future().wait(); });
  scheduler.submit(Priority::kRefresh, [&](const std::stop_token&) { order += 'r'; });
  scheduler.submit(Priority::kRefresh, [&](const std::stop_token&) { order += 's'; });
  scheduler.submit(Priority::kPreparation, [&](const std::stop_token&) { order += 'p'; });
  go_on.set_value();
  wait_for_idle_work(scheduler);
  EXPECT_EQ(order, "prs");
}

TEST(Scheduler, IdleWorkWaitsForAPause) {
  Scheduler scheduler(kNever);
  bool ran = false;
  scheduler.submit(Priority::kRefresh, [&](const std::stop_token&) { ran = true; });
  wait_for(scheduler);
  wait_for(scheduler);
  EXPECT_FALSE(ran);
}

TEST(Scheduler, ThePauseBeginsBehindTheLastThatWasMoreUrgent) {
  using Clock = std::chrono::steady_clock;
  constexpr auto kPause = 20ms;
  Scheduler scheduler(kPause);
  Clock::time_point ended;
  Clock::time_point began;
  std::promise<void> go_on;
  scheduler.submit(Priority::kChange, [&](const std::stop_token&) { go_on.get_future().wait(); });
  scheduler.submit(Priority::kRefresh, [&](const std::stop_token&) { began = Clock::now(); });
  for (int i = 0; i < 5; ++i) {
    scheduler.submit(Priority::kPreparation, [&](const std::stop_token&) {
      std::this_thread::sleep_for(kPause / 2);
      ended = Clock::now();
    });
  }
  go_on.set_value();
  wait_for_idle_work(scheduler);
  EXPECT_GE(began - ended, kPause);
}

TEST(Scheduler, WhateverIsMoreUrgentStopsIdleWorkThatRuns) {
  for (const Priority priority :
       {Priority::kChange, Priority::kCompletion, Priority::kPreparation}) {
    Scheduler scheduler(0ms);
    std::promise<void> running;
    std::string order;
    scheduler.submit(Priority::kRefresh, [&](const std::stop_token& token) {
      std::promise<void> stopped;
      const std::stop_callback on_stop(token, [&] { stopped.set_value(); });
      running.set_value();
      stopped.get_future().wait();
      order += 'r';
    });
    running.get_future().wait();
    scheduler.submit(priority, [&](const std::stop_token&) { order += 'u'; });
    wait_for(scheduler);
    EXPECT_EQ(order, "ru");
  }
}

TEST(Scheduler, IdleWorkDoesNotStopIdleWork) {
  Scheduler scheduler(0ms);
  std::promise<void> running;
  std::promise<void> go_on;
  bool was_stopped = true;
  scheduler.submit(Priority::kRefresh, [&](const std::stop_token& token) {
    running.set_value();
    go_on.get_future().wait();
    was_stopped = token.stop_requested();
  });
  running.get_future().wait();
  scheduler.submit(Priority::kRefresh, [](const std::stop_token&) {});
  go_on.set_value();
  wait_for_idle_work(scheduler);
  EXPECT_FALSE(was_stopped);
}

TEST(Scheduler, OnlyTheIdleWorkThatRunsIsStopped) {
  Scheduler scheduler(0ms);
  std::promise<void> go_on;
  scheduler.submit(Priority::kChange, [&](const std::stop_token&) { go_on.get_future().wait(); });
  bool was_stopped = true;
  scheduler.submit(Priority::kRefresh,
                   [&](const std::stop_token& token) { was_stopped = token.stop_requested(); });
  scheduler.submit(Priority::kCompletion, [](const std::stop_token&) {});
  go_on.set_value();
  wait_for_idle_work(scheduler);
  EXPECT_FALSE(was_stopped);
}

TEST(Scheduler, ALookAheadComesBehindAllButIdleWorkAndWaitsForNoPause) {
  Scheduler scheduler(kNever);
  std::promise<void> go_on;
  std::promise<void> looked;
  std::string order;
  scheduler.submit(Priority::kChange, [&](const std::stop_token&) { go_on.get_future().wait(); });
  scheduler.submit(Priority::kRefresh, [&](const std::stop_token&) { order += 'r'; });
  scheduler.submit(Priority::kLookAhead, [&](const std::stop_token&) {
    order += 'l';
    looked.set_value();
  });
  scheduler.submit(Priority::kPreparation, [&](const std::stop_token&) { order += 'p'; });
  go_on.set_value();
  looked.get_future().wait();
  EXPECT_EQ(order, "pl");
}

TEST(Scheduler, WhateverIsMoreUrgentStopsALookAheadThatRuns) {
  for (const Priority priority :
       {Priority::kChange, Priority::kCompletion, Priority::kPreparation}) {
    Scheduler scheduler(kNever);
    std::promise<void> running;
    std::promise<void> ended;
    scheduler.submit(Priority::kLookAhead, [&](const std::stop_token& token) {
      std::promise<void> stopped;
      const std::stop_callback on_stop(token, [&] { stopped.set_value(); });
      running.set_value();
      stopped.get_future().wait();
      ended.set_value();
    });
    running.get_future().wait();
    scheduler.submit(priority, [](const std::stop_token&) {});
    ended.get_future().wait();
  }
}

TEST(Scheduler, ALookAheadStopsIdleWorkAndIsNotStoppedByIt) {
  Scheduler scheduler(0ms);
  std::promise<void> refreshing;
  std::promise<void> looking;
  std::promise<void> go_on;
  bool was_stopped = true;
  scheduler.submit(Priority::kRefresh, [&](const std::stop_token& token) {
    std::promise<void> stopped;
    const std::stop_callback on_stop(token, [&] { stopped.set_value(); });
    refreshing.set_value();
    stopped.get_future().wait();
  });
  refreshing.get_future().wait();
  scheduler.submit(Priority::kLookAhead, [&](const std::stop_token& token) {
    looking.set_value();
    go_on.get_future().wait();
    was_stopped = token.stop_requested();
  });
  looking.get_future().wait();
  scheduler.submit(Priority::kRefresh, [](const std::stop_token&) {});
  go_on.set_value();
  wait_for_idle_work(scheduler);
  EXPECT_FALSE(was_stopped);
}

TEST(Scheduler, TheEndDoesNotWaitForAPause) {
  bool ran = false;
  {
    Scheduler scheduler(kNever);
    scheduler.submit(Priority::kRefresh, [&](const std::stop_token&) { ran = true; });
  }
  EXPECT_FALSE(ran);
}

TEST(Scheduler, WhatATaskHoldsIsGivenBackWithIt) {
  const auto held = std::make_shared<int>(1);
  Scheduler scheduler;
  scheduler.submit(Priority::kCompletion, [held](const std::stop_token&) {});
  wait_for(scheduler);
  wait_for(scheduler);
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace nextline::lsp
