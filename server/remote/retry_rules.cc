#include "server/remote/retry_rules.h"

#include <algorithm>
#include <charconv>

namespace nextline::remote {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t kMostAttempts = 3;
constexpr milliseconds kFirstPause{100};

/// Who waits for a completion waits no longer than that for a server that is busy.
constexpr std::chrono::seconds kMostRetryAfter{2};

/// A server that asks to be left alone for longer is asked again all the same.
constexpr std::chrono::seconds kMostRest{60};

}  // namespace

Failure failure_of_status(long status) {
  switch (status) {
    case 429:
    case 503:
      return Failure::kBusy;
    case 401:
    case 403:
    case 404:
    case 405:
      return Failure::kUnwelcome;
    default:
      return status >= 300 && status < 400 ? Failure::kRedirected : Failure::kRefused;
  }
}

std::optional<milliseconds> pause_before_retry(const FailedAttempt& failed) {
  const bool may_be_sent_again =
      failed.failure == Failure::kUnreachable || failed.failure == Failure::kBusy;
  if (!may_be_sent_again || failed.has_begun || failed.attempts >= kMostAttempts) {
    return std::nullopt;
  }
  const milliseconds pause = kFirstPause * (1U << (2 * (failed.attempts - 1)));
  if (!failed.retry_after) return pause;
  if (*failed.retry_after > kMostRetryAfter) return std::nullopt;
  return std::max<milliseconds>(pause, *failed.retry_after);
}

std::optional<std::chrono::seconds> read_retry_after(std::string_view value) {
  while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
  while (!value.empty() && std::string_view(" \t\r\n").find(value.back()) != value.npos) {
    value.remove_suffix(1);
  }
  std::uint32_t seconds = 0;
  const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (problem != std::errc() || end != value.data() + value.size()) return std::nullopt;
  return std::chrono::seconds(seconds);
}

void Rest::begin(Clock::time_point now, const FailedAttempt& failed) {
  // What is wrong with one request says nothing of the next.
  if (failed.failure == Failure::kRefused || failed.failure == Failure::kGarbage) return;
  const auto asked_for = std::min(failed.retry_after.value_or(std::chrono::seconds(0)), kMostRest);
  until_ = now + std::max<milliseconds>(next_, asked_for);
  next_ = std::min(2 * next_, kLongest);
}

}  // namespace nextline::remote
