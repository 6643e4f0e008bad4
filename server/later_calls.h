#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <memory>

namespace nextline::server {

/// Runs functions on the thread of an io_context after some time. The io_context has something to
/// do as long as one waits. Belongs to that thread.
class LaterCalls {
 public:
  explicit LaterCalls(boost::asio::io_context& context) : context_(context) {}
  LaterCalls(const LaterCalls&) = delete;
  LaterCalls& operator=(const LaterCalls&) = delete;
  ~LaterCalls() { give_up(); }

  void call(std::chrono::milliseconds after, std::function<void()> function);

  /// Calls nothing that waits, nor what comes from now on.
  void give_up();

 private:
  boost::asio::io_context& context_;
  std::list<boost::asio::steady_timer> waiting_;
  /// Outlives this in what is about to be called.
  std::shared_ptr<bool> given_up_ = std::make_shared<bool>(false);
};

}  // namespace nextline::server
