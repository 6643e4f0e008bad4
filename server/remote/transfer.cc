#include "server/remote/transfer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "server/remote/remote_generator.h"

namespace nextline::remote {
namespace {

constexpr long kOk = 200;
constexpr std::size_t kMostHeaderBytes = std::size_t{1} << 16;
/// Of what a server says of an error.
constexpr std::size_t kMostRefusalBytes = std::size_t{1} << 12;

bool begins_with(std::string_view line, std::string_view name) {
  return line.size() >= name.size() &&
         std::equal(name.begin(), name.end(), line.begin(), [](char a, char b) {
           return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
         });
}

Failure kind_of(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return Failure::kUnreachable;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
      return Failure::kUntrusted;
    default:
      return Failure::kBrokenOff;
  }
}

}  // namespace

Transfer::Transfer(RemoteGenerator& generator, std::string body, Clock::time_point not_before,
                   std::shared_ptr<lsp::TextSink> sink)
    : generator_(generator),
      body_(std::move(body)),
      sink_(std::move(sink)),
      not_before_(not_before) {}

Transfer::~Transfer() = default;

Transfer::Clock::time_point Transfer::due() const {
  if (!curl_) return not_before_;
  const RemoteOptions& options = generator_.server_.options;
  return sent_ + (has_begun_ ? options.whole : std::min(options.first_piece, options.whole));
}

bool Transfer::is_late(Clock::time_point now) const { return curl_ && now >= due(); }

CURL* Transfer::begin(Clock::time_point now) {
  if (curl_ || has_ended_ || now < not_before_) return nullptr;
  if (const std::string why = generator_.reason_to_wait(); !why.empty() && attempts_ == 0) {
    end(failure(why));
    return nullptr;
  }
  curl_.reset(curl_easy_init());
  if (!curl_) {
    fail(Failure::kBrokenOff, "cannot be asked: memory is short.", "curl_easy_init");
    return nullptr;
  }
  ++attempts_;
  sent_ = now;
  header_bytes_ = 0;
  is_stream_ = false;
  retry_after_.reset();
  reader_.reset();
  refusal_.clear();
  garbage_.reset();
  set_options();
  generator_.observer_.request_sent();
  if (attempts_ == 1) {
    const std::lock_guard lock(in_sink_);
    if (!is_cancelled_) sink_->begin();
  }
  return curl_.get();
}

void Transfer::set_options() {
  CURL* const curl = curl_.get();
  const RemoteServer& server = generator_.server_;
  curl_slist* headers = nullptr;
  const auto add = [&headers](const std::string& line) {
    headers = curl_slist_append(headers, line.c_str());
  };
  add("Content-Type: application/json");
  add("Accept: text/event-stream, application/json");
  add("Expect:");  // Nobody waits for leave to send a few kilobytes.
  if (!server.token.empty()) add("Authorization: Bearer " + server.token);
  headers_.reset(headers);

  curl_easy_setopt(curl, CURLOPT_URL, server.address.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, server.is_encrypted ? "https" : "http");
  // The token is for this address, and for no other.
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  // Closing the connection is what tells a server that nobody waits; with HTTP/2 others share it.
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  if (!server.is_encrypted) curl_easy_setopt(curl, CURLOPT_PROXY, "");
  if (!server.options.ca_file.empty()) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, server.options.ca_file.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "nextline");
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error_text_.data());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body_.data());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.size()));
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Transfer::on_bytes);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(curl, CURLOPT_PRIVATE, this);
  error_text_[0] = '\0';
}

std::size_t Transfer::on_header(char* data, std::size_t, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->take_header({data, count}) ? count : 0;
}

std::size_t Transfer::on_bytes(char* data, std::size_t, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->take_bytes({data, count}) ? count : 0;
}

bool Transfer::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kMostHeaderBytes) {
    garbage_ = Error{"Its headers are too long.", ""};
    return false;
  }
  constexpr std::string_view kRetryAfter = "retry-after:";
  if (begins_with(line, kRetryAfter)) {
    retry_after_ = read_retry_after(line.substr(kRetryAfter.size()));
  }
  if (begins_with(line, "content-type:")) {
    is_stream_ = line.find("text/event-stream") != std::string_view::npos;
  }
  return true;
}

bool Transfer::take_bytes(std::string_view bytes) {
  if (is_cancelled_) return false;
  if (status() != kOk) {
    refusal_ += bytes.substr(0, kMostRefusalBytes - std::min(refusal_.size(), kMostRefusalBytes));
    return true;
  }
  if (!reader_) {
    reader_.emplace(generator_.server_.options.protocol, is_stream_,
                    [this](const AnswerChunk& chunk) { return take_chunk(chunk); });
  }
  const auto goes_on = reader_->take(bytes);
  if (!goes_on) garbage_ = goes_on.error();
  return goes_on && *goes_on;
}

bool Transfer::take_chunk(const AnswerChunk& chunk) {
  if (!std::exchange(has_begun_, true)) {
    generator_.server_has_answered();
    generator_.observer_.answer_begun(
        std::chrono::duration<double, std::milli>(Clock::now() - sent_).count());
  }
  const std::lock_guard lock(in_sink_);
  if (is_cancelled_) return false;
  is_enough_ = !sink_->take({chunk.text, chunk.tokens});
  return !is_enough_;
}

long Transfer::status() const {
  long status = 0;
  curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
  return status;
}

void Transfer::finish(CURLcode code) {
  if (is_cancelled_) return abandon();
  if (is_enough_) {
    has_ended_ = true;
    curl_.reset();
    return;
  }
  const long answered = status();
  if (garbage_) {
    return fail(Failure::kGarbage, "gives no usable answer. " + garbage_->message, garbage_->cause);
  }
  if (answered != 0 && answered != kOk && code == CURLE_OK) {
    const Failure kind = failure_of_status(answered);
    return fail(kind, what_went_wrong(code, kind), "");
  }
  if (reader_) {
    const auto reason = reader_->end();
    if (is_enough_) return finish(code);  // Of an answer that came as a whole.
    if (reason) {
      if (!has_begun_) generator_.server_has_answered();
      return end(*reason);
    }
    if (code == CURLE_OK && !has_begun_) {
      return fail(Failure::kGarbage, "gives no usable answer. " + reason.error().message, "");
    }
  }
  const Failure kind = code == CURLE_OK ? Failure::kBrokenOff : kind_of(code);
  fail(kind, what_went_wrong(code, kind),
       error_text_[0] != '\0' ? error_text_.data() : curl_easy_strerror(code));
}

std::string Transfer::what_went_wrong(CURLcode code, Failure kind) const {
  switch (kind) {
    case Failure::kUnreachable:
      return code == CURLE_COULDNT_RESOLVE_HOST ? "cannot be found." : "cannot be reached.";
    case Failure::kUntrusted:
      return "cannot be trusted: its certificate is not one for its name from an authority that is "
             "known here.";
    case Failure::kRedirected:
      return fmt::format(
          "redirects to another address (HTTP status {}), which is not followed: say that one.",
          status());
    case Failure::kBusy:
    case Failure::kRefused:
    case Failure::kUnwelcome: {
      const std::string said = error_sentence(refusal_);
      const std::string& token = generator_.server_.token;
      // A server may repeat what it was sent.
      const bool is_told =
          !said.empty() && (token.empty() || said.find(token) == std::string::npos);
      return fmt::format("answers with HTTP status {}{}.", status(), is_told ? ": " + said : "");
    }
    default:
      return has_begun_ ? "broke its answer off." : "closed the connection without an answer.";
  }
}

void Transfer::give_up() {
  const RemoteOptions& options = generator_.server_.options;
  fail(Failure::kTooLate,
       has_begun_ ? fmt::format("did not end its answer within {} s.", options.whole.count())
                  : fmt::format("did not begin to answer within {} s.",
                                std::min(options.first_piece, options.whole).count()),
       "");
}

void Transfer::abandon() {
  has_ended_ = true;
  curl_.reset();
  generator_.observer_.request_cancelled();
}

void Transfer::fail(Failure kind, const std::string& what, const std::string& cause) {
  const FailedAttempt failed{kind, attempts_, has_begun_, retry_after_};
  if (const auto pause = pause_before_retry(failed)) {
    curl_.reset();
    not_before_ = Clock::now() + *pause;
    generator_.observer_.request_retried();
    return;
  }
  // The lock is held also while it is told: who stops the transfer waits for that, and may then go.
  const std::lock_guard lock(in_sink_);
  if (is_cancelled_) return abandon();
  has_ended_ = true;
  curl_.reset();
  sink_->end(failure(generator_.server_has_failed(failed, what, cause)));
}

void Transfer::end(const Result<FinishReason>& reason) {
  has_ended_ = true;
  curl_.reset();
  const std::lock_guard lock(in_sink_);
  if (!is_cancelled_) sink_->end(reason);
}

}  // namespace nextline::remote
