#pragma once

#include <spdlog/spdlog.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

namespace nextline::server {

/// Takes connections as they come, until it is closed or destroyed. Belongs to the thread of its
/// acceptor's io_context.
template <typename Protocol>
class Listener {
 public:
  using Socket = typename Protocol::socket;
  using Acceptor = boost::asio::basic_socket_acceptor<Protocol>;
  using OnSocket = std::function<void(Socket)>;

  /// The acceptor must listen already.
  Listener(Acceptor acceptor, OnSocket on_socket)
      : state_(std::make_shared<State>(std::move(acceptor), std::move(on_socket))) {
    accept(state_);
  }
  Listener(Listener&&) noexcept = default;
  Listener& operator=(Listener&&) = delete;
  ~Listener() {
    if (state_) close();
  }

  /// What has connected and was not taken yet is turned away by the system.
  void close() {
    state_->closed = true;
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
    state_->pause.cancel();
  }

  typename Protocol::endpoint endpoint() const {
    boost::system::error_code ignored;
    return state_->acceptor.local_endpoint(ignored);
  }

 private:
  /// Out of descriptors, for example: the connection stays in the queue, and would be met again and
  /// again without a pause.
  static constexpr std::chrono::milliseconds kPause{100};

  struct State {
    State(Acceptor its_acceptor, OnSocket its_on_socket)
        : acceptor(std::move(its_acceptor)),
          pause(acceptor.get_executor()),
          on_socket(std::move(its_on_socket)) {}

    Acceptor acceptor;
    boost::asio::steady_timer pause;
    OnSocket on_socket;
    bool closed = false;
  };

  static void accept(const std::shared_ptr<State>& state) {
    state->acceptor.async_accept([state](const boost::system::error_code& error, Socket socket) {
      if (state->closed) return;
      if (!error) {
        state->on_socket(std::move(socket));
        if (state->closed) return;
        return accept(state);
      }
      spdlog::debug("A connection was not taken: {}.", error.message());
      state->pause.expires_after(kPause);
      state->pause.async_wait([state](const boost::system::error_code&) {
        if (!state->closed) accept(state);
      });
    });
  }

  std::shared_ptr<State> state_;
};

}  // namespace nextline::server
