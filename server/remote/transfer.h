#pragma once

#include <curl/curl.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "lsp/completion/text_generator.h"
#include "server/remote/answer_reader.h"
#include "server/remote/remote_server.h"
#include "server/remote/retry_rules.h"

namespace nextline::remote {

class RemoteGenerator;

/// One request on its way to a server and its answer on the way back, sent again if it must be.
/// Belongs to the loop's thread, but for what says otherwise.
class Transfer {
 public:
  using Clock = std::chrono::steady_clock;

  Transfer(RemoteGenerator& generator, std::string body, Clock::time_point not_before,
           std::shared_ptr<lsp::TextSink> sink);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer();

  /// Nobody wants it any more. Any thread; returns at once.
  void cancel() { is_cancelled_ = true; }
  bool is_cancelled() const { return is_cancelled_; }
  /// Once it is cancelled: waits until the sink is not being called. Any thread but the loop's.
  void wait_for_sink() const { const std::lock_guard lock(in_sink_); }

  /// Whether it is done with, and the loop has nothing more to do for it.
  bool has_ended() const { return has_ended_; }
  /// When there is something to do, if nothing comes before.
  Clock::time_point due() const;

  /// Begins an attempt if it is time to: what is to be added to the loop's handle. Null otherwise.
  CURL* begin(Clock::time_point now);
  /// The attempt's handle; null if none is under way.
  CURL* handle() const { return curl_.get(); }
  /// The attempt has come to its end …
  void finish(CURLcode code);
  /// … or has taken too long: then with true, and its handle is to be removed.
  bool is_late(Clock::time_point now) const;
  void give_up();
  /// It was cancelled; its handle has been removed.
  void abandon();

 private:
  struct Closer {
    void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  };
  using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

  static std::size_t on_header(char* data, std::size_t, std::size_t count, void* self);
  static std::size_t on_bytes(char* data, std::size_t, std::size_t count, void* self);
  bool take_header(std::string_view line);
  bool take_bytes(std::string_view bytes);
  bool take_chunk(const AnswerChunk& chunk);
  void set_options();
  long status() const;
  /// What went wrong, for a sentence that begins with the server.
  std::string what_went_wrong(CURLcode code, Failure kind) const;
  void fail(Failure kind, const std::string& what, const std::string& cause);
  void end(const Result<FinishReason>& reason);

  RemoteGenerator& generator_;
  const std::string body_;
  const std::shared_ptr<lsp::TextSink> sink_;
  mutable std::mutex in_sink_;  // Held while the sink is called.
  std::atomic<bool> is_cancelled_ = false;

  Clock::time_point not_before_;
  std::uint32_t attempts_ = 0;
  bool has_begun_ = false;  // The sink has had something.
  bool is_enough_ = false;  // … and wants nothing more.
  bool has_ended_ = false;

  // Of the attempt.
  std::unique_ptr<CURL, Closer> curl_;
  Headers headers_{nullptr, &curl_slist_free_all};
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  Clock::time_point sent_;
  std::size_t header_bytes_ = 0;
  bool is_stream_ = false;
  std::optional<std::chrono::seconds> retry_after_;
  std::optional<AnswerReader> reader_;
  std::string refusal_;           // The body of an answer that is an error.
  std::optional<Error> garbage_;  // Why the answer is none.
};

}  // namespace nextline::remote
