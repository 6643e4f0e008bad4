#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <future>
#include <thread>

namespace nextline::server::test {

/// An io_context with a thread of its own, so that a test can be the other side and wait for it.
/// What belongs to the thread is made and destroyed there, by `on_thread`.
class ServedContext {
 public:
  ServedContext() : thread_([this] { context_.run(); }) {}
  ~ServedContext() {
    work_.reset();
    thread_.join();  // Comes back once nothing is left to do: what was closed has ended.
  }
  ServedContext(const ServedContext&) = delete;
  ServedContext& operator=(const ServedContext&) = delete;

  boost::asio::io_context& context() { return context_; }

  /// Runs it on the thread and waits for its end.
  void on_thread(const std::function<void()>& function) {
    std::promise<void> done;
    boost::asio::post(context_, [&] {
      function();
      done.set_value();
    });
    done.get_future().wait();
  }

 private:
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_ =
      boost::asio::make_work_guard(context_);
  std::thread thread_;
};

}  // namespace nextline::server::test
