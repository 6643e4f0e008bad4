#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace nextline::remote {

/// How a request failed.
enum class Failure : std::uint8_t {
  kUnreachable,  ///< Nobody took the connection: no name, no route, refused.
  kBusy,         ///< Status 429 or 503.
  kRefused,      ///< Another status that concerns this request alone.
  kUnwelcome,    ///< One that concerns all: no such address, no such token.
  kUntrusted,    ///< The certificate, or what else TLS is about.
  kRedirected,   ///< To another address.
  kTooLate,      ///< The answer did not begin, or did not end, in time.
  kBrokenOff,    ///< The connection broke.
  kGarbage,      ///< The answer is none.
};

/// What is wrong with a status that is not 200.
Failure failure_of_status(long status);

/// What is known of a request that failed.
struct FailedAttempt {
  Failure failure;
  std::uint32_t attempts = 1;  ///< That have been made, this one included.
  /// Whether somebody has had some of its answer: another one would come on top of that.
  bool has_begun = false;
  std::optional<std::chrono::seconds> retry_after = std::nullopt;  ///< As the server asks for.
};

/// After what pause the request is sent again; nothing if it is not. Only what was certainly not
/// begun is: a connection that nobody took, and what a server was too busy for.
std::optional<std::chrono::milliseconds> pause_before_retry(const FailedAttempt& failed);

/// Seconds of a Retry-After header; nothing where it is a date, or nonsense.
std::optional<std::chrono::seconds> read_retry_after(std::string_view value);

/// For how long a server that fails is left alone, so that not each key waits for it in vain: the
/// longer the oftener it has failed, and as long as it asks for, within bounds.
class Rest {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr std::chrono::milliseconds kShortest{1000};
  static constexpr std::chrono::milliseconds kLongest{30'000};

  void begin(Clock::time_point now, const FailedAttempt& failed);
  /// It has answered.
  void end() { *this = {}; }
  bool lasts(Clock::time_point now) const { return now < until_; }

 private:
  Clock::time_point until_;
  std::chrono::milliseconds next_ = kShortest;
};

}  // namespace nextline::remote
