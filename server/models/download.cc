#include "server/models/download.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <thread>

#include "engine/disk/file_descriptor.h"

namespace nextline::models {
namespace {

constexpr int kAttempts = 5;
constexpr std::chrono::milliseconds kPauseBetweenAttempts{500};
constexpr long kConnectTimeoutSeconds = 30;
constexpr long kStalledAfterSeconds = 60;
constexpr long kMaxRedirects = 10;

using CurlHandle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

/// The URL for people: without user names, passwords and query strings, which may be secrets.
std::string displayed(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parts(curl_url(), &curl_url_cleanup);
  char* text = nullptr;
  if (curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return "the given URL";
  for (const CURLUPart secret : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY}) {
    curl_url_set(parts.get(), secret, nullptr, 0);
  }
  if (curl_url_get(parts.get(), CURLUPART_URL, &text, 0) != CURLUE_OK) return "the given URL";
  std::string result = text;
  curl_free(text);
  return result;
}

/// How an attempt to download ended.
struct AttemptEnd {
  enum class Kind : std::uint8_t {
    kWhole,         ///< All bytes are there.
    kBrokeOff,      ///< Some are missing.
    kCannotResume,  ///< The source knows nothing behind the partial file's end.
    kRefused,       ///< It makes no sense to try again.
  };
  Kind kind;
  std::string reason;
};

/// One connection after the other that fill one file.
class Download {
 public:
  Download(const std::string& url, const FetchTarget& target, Progress& progress,
           const std::stop_token& stop)
      : url_(url),
        target_(target),
        progress_(progress),
        stop_(stop),
        curl_(curl_easy_init(), &curl_easy_cleanup) {}

  Result<void> run() {
    if (const auto opened = open_partial(); !opened) return opened;
    AttemptEnd end{AttemptEnd::Kind::kBrokeOff, {}};
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      if (stop_.stop_requested()) break;
      const std::uint64_t before = offset_;
      end = try_once();
      if (end.kind == AttemptEnd::Kind::kWhole) return {};
      if (end.kind == AttemptEnd::Kind::kRefused) return refused(end.reason);
      const bool gained = offset_ > before;
      if (end.kind == AttemptEnd::Kind::kCannotResume) {
        start_over();
      } else if (!gained) {
        break;
      }
      spdlog::debug("{}; trying again from byte {}", end.reason, offset_);
      std::this_thread::sleep_for(kPauseBetweenAttempts);
    }
    return broke_off(end.reason);
  }

 private:
  Result<void> open_partial() {
    file_ = FileDescriptor(::open(target_.partial.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    const off_t end = file_.is_open() ? ::lseek(file_.get(), 0, SEEK_END) : -1;
    if (end < 0) {
      const int error = errno;
      return failure(
          fmt::format("{} cannot be written: {}.", target_.partial.string(), std::strerror(error)));
    }
    offset_ = static_cast<std::uint64_t>(end);
    if (offset_ > target_.bytes) start_over();
    return {};
  }

  void start_over() {
    if (::ftruncate(file_.get(), 0) != 0 || ::lseek(file_.get(), 0, SEEK_SET) != 0) {
      problem_ = fmt::format("the partial file cannot be emptied: {}", std::strerror(errno));
    }
    offset_ = 0;
    progress_.restart_at(0);
  }

  AttemptEnd try_once() {
    using Kind = AttemptEnd::Kind;
    if (offset_ == target_.bytes) return {Kind::kWhole, {}};
    if (!curl_) return {Kind::kRefused, "the download library cannot be used"};
    set_options();
    problem_.clear();
    answered_ = false;
    const CURLcode code = curl_easy_perform(curl_.get());
    if (!problem_.empty()) return {Kind::kRefused, problem_};
    if (code == CURLE_OK && offset_ == target_.bytes) return {Kind::kWhole, {}};
    if (code == CURLE_OK) return {Kind::kBrokeOff, "the source ended too early"};

    const long status = response_status();
    if (status == 416 || code == CURLE_BAD_DOWNLOAD_RESUME || code == CURLE_RANGE_ERROR) {
      return {Kind::kCannotResume, "the source has nothing behind the partial file's end"};
    }
    if (code == CURLE_HTTP_RETURNED_ERROR) {
      return {Kind::kRefused, fmt::format("the server answers with HTTP status {}", status)};
    }
    const std::string reason =
        error_text_[0] != '\0' ? error_text_.data() : curl_easy_strerror(code);
    const bool began = answered_ || status == 200 || status == 206;
    return {began ? Kind::kBrokeOff : Kind::kRefused, reason};
  }

  void set_options() {
    CURL* curl = curl_.get();
    curl_easy_reset(curl);
    error_text_[0] = '\0';
    curl_easy_setopt(curl, CURLOPT_URL, url_.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https,file");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kMaxRedirects);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "nextline");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectTimeoutSeconds);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kStalledAfterSeconds);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error_text_.data());
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Download::on_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &Download::on_tick);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, this);
    if (offset_ > 0) {
      // Not CURLOPT_RESUME_FROM: that fails where a server sends everything instead of the range.
      curl_easy_setopt(curl, CURLOPT_RANGE, fmt::format("{}-", offset_).c_str());
    }
  }

  long response_status() const {
    long status = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
    return status;
  }

  static int on_tick(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Download*>(self)->stop_.stop_requested() ? 1 : 0;
  }

  static std::size_t on_bytes(char* data, std::size_t, std::size_t count, void* self) {
    return static_cast<Download*>(self)->take(data, count) ? count : 0;
  }

  /// False ends the transfer.
  bool take(const char* data, std::size_t count) {
    if (!answered_ && !begin_answer()) return false;
    if (offset_ + count > target_.bytes) {
      problem_ = fmt::format("it is larger than the model's {} bytes", target_.bytes);
      return false;
    }
    while (count > 0) {
      const ssize_t written = ::write(file_.get(), data, count);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) {
        problem_ = fmt::format("the partial file cannot be written: {}", std::strerror(errno));
        return false;
      }
      data += written;
      count -= static_cast<std::size_t>(written);
      offset_ += static_cast<std::uint64_t>(written);
    }
    progress_.show(offset_);
    return true;
  }

  /// Looks at what the source is about to send before anything is overwritten.
  bool begin_answer() {
    answered_ = true;
    const bool sends_everything = offset_ > 0 && response_status() == 200;
    const std::uint64_t first = sends_everything ? 0 : offset_;
    curl_off_t length = -1;
    curl_easy_getinfo(curl_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (length >= 0 && first + static_cast<std::uint64_t>(length) != target_.bytes) {
      problem_ = fmt::format("it has {} bytes instead of {}",
                             first + static_cast<std::uint64_t>(length), target_.bytes);
      return false;
    }
    if (sends_everything) start_over();
    return problem_.empty();
  }

  Result<void> refused(const std::string& reason) const {
    return failure(fmt::format("The model {} cannot be fetched from {}: {}.", target_.model,
                               displayed(url_), reason));
  }

  Result<void> broke_off(const std::string& reason) const {
    return failure(fmt::format("The download of {0} from {1} broke off after {2} of {3} bytes; "
                               "'nextline models fetch {0}' resumes it.",
                               target_.model, displayed(url_), offset_, target_.bytes),
                   reason);
  }

  const std::string& url_;
  const FetchTarget& target_;
  Progress& progress_;
  const std::stop_token& stop_;
  CurlHandle curl_;
  FileDescriptor file_;
  std::uint64_t offset_ = 0;  // Bytes in the partial file.
  bool answered_ = false;     // Whether this attempt has brought anything.
  std::string problem_;       // Why a callback ended the transfer.
  std::array<char, CURL_ERROR_SIZE> error_text_{};
};

}  // namespace

Result<void> download(const std::string& url, const FetchTarget& target, Progress& progress,
                      const std::stop_token& stop) {
  return Download(url, target, progress, stop).run();
}

std::string url_of_file(const std::filesystem::path& path) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  std::string url = "file://";
  for (const char character : std::filesystem::absolute(path).string()) {
    if (kPlain.find(character) != std::string_view::npos) {
      url += character;
    } else {
      url += fmt::format("%{:02X}", static_cast<unsigned char>(character));
    }
  }
  return url;
}

}  // namespace nextline::models
