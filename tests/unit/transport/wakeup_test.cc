#include "server/transport/wakeup.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

namespace nextline::server {
namespace {

using namespace std::chrono_literals;

/// Has every epoll instance of this process watch nothing any more, as if the system had refused
/// it.
void forget_all_that_is_watched() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fdinfo")) {
    const int epoll = std::stoi(entry.path().filename());
    std::ifstream lines(entry.path());
    for (std::string word; lines >> word;) {
      int watched = -1;
      if (word == "tfd:" && lines >> watched) ::epoll_ctl(epoll, EPOLL_CTL_DEL, watched, nullptr);
    }
  }
}

TEST(Wakeup, WhatAnotherThreadPostsIsRunAtOnce) {
  boost::asio::io_context context(1);
  const boost::asio::steady_timer timer(context);
  EXPECT_TRUE(check_wakeup(context));
  bool has_run = false;
  boost::asio::post(context, [&] { has_run = true; });
  context.run();
  EXPECT_TRUE(has_run);
}

TEST(Wakeup, AThreadThatIsNotWokenIsFound) {
  boost::asio::io_context context(1);
  const boost::asio::steady_timer timer(context);  // There is an epoll instance from now on.
  forget_all_that_is_watched();
  const auto outcome = check_wakeup(context, 200ms);
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().message.ends_with("is not woken."));
}

}  // namespace
}  // namespace nextline::server
