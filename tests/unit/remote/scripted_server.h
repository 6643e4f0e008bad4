#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace nextline::remote::test {

/// A server on the loopback interface that answers one connection after the other as told.
class ScriptedServer {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Answer = std::function<void(Socket&)>;

  ScriptedServer() : thread_([this] { run(); }) {}
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer() {
    is_ending_ = true;
    boost::system::error_code ignored;
    Socket(context_).connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  void then(Answer answer) {
    const std::lock_guard lock(mutex_);
    answers_.push_back(std::move(answer));
  }
  /// Heads and bodies of the requests so far.
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  /// Waits until so many have come.
  void wait_for_requests(std::size_t count) {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [&] { return requests_.size() >= count; });
  }

  static void say(Socket& socket, const std::string& bytes) {
    boost::system::error_code ignored;
    boost::asio::write(socket, boost::asio::buffer(bytes), ignored);
  }
  /// The head of an answer, and its fields beside the usual ones, each with its line end.
  static std::string head(int status, const std::string& fields = "") {
    return "HTTP/1.1 " + std::to_string(status) + " X\r\nConnection: close\r\n" + fields + "\r\n";
  }
  static std::string stream_head() { return head(200, "Content-Type: text/event-stream\r\n"); }
  static std::string event(const std::string& text, const std::string& reason = "null") {
    return R"(data: {"choices":[{"text":")" + text + R"(","finish_reason":)" + reason + "}]}\n\n";
  }
  /// Waits until the other side has closed the connection.
  static void wait_for_end(Socket& socket) {
    boost::system::error_code end;
    std::string rest;
    boost::asio::read(socket, boost::asio::dynamic_buffer(rest), end);
  }

 private:
  void run() {
    while (true) {
      Socket socket(context_);
      boost::system::error_code problem;
      acceptor_.accept(socket, problem);
      if (is_ending_ || problem) return;
      read_request(socket);
      if (const Answer answer = next()) answer(socket);
    }
  }

  void read_request(Socket& socket) {
    std::string request;
    boost::system::error_code problem;
    const std::size_t head =
        boost::asio::read_until(socket, boost::asio::dynamic_buffer(request), "\r\n\r\n", problem);
    const std::size_t field = request.find("Content-Length: ");
    if (!problem && field < head) {
      const std::size_t whole = head + std::stoul(request.substr(field + 16));
      if (whole > request.size()) {
        boost::asio::read(socket, boost::asio::dynamic_buffer(request),
                          boost::asio::transfer_exactly(whole - request.size()), problem);
      }
    }
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
    came_.notify_all();
  }

  Answer next() {
    const std::lock_guard lock(mutex_);
    if (answers_.empty()) return {};
    Answer answer = std::move(answers_.front());
    answers_.pop_front();
    return answer;
  }

  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_{context_,
                                           {boost::asio::ip::make_address("127.0.0.1"), 0}};
  std::atomic<bool> is_ending_ = false;
  mutable std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Answer> answers_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace nextline::remote::test
