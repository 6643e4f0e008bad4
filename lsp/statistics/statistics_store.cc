#include "lsp/statistics/statistics_store.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>

#include "engine/disk/file_descriptor.h"
#include "engine/disk/private_folder.h"
#include "lsp/statistics/statistics_file.h"

namespace nextline::lsp {
namespace {

constexpr std::chrono::days kKept{365};
/// On so many days something must have been counted since, before anything is forgotten: a clock
/// that is years ahead for an hour would have all forgotten else.
constexpr std::ptrdiff_t kDaysSince = 3;

void forget_what_is_old(Statistics& statistics, Day today) {
  const Day first_kept = today - kKept;
  const auto kept = statistics.days().lower_bound(first_kept);
  if (std::distance(kept, statistics.days().end()) < kDaysSince) return;
  statistics.forget_before(first_kept);
}

/// Whoever holds it is the only one, in this process and in others, that changes the file. It ends
/// with its owner, however that ends.
Result<FileDescriptor> lock(const PrivateFolder& folder) {
  const auto failed = [&] {
    return failure("The statistics in \"" + folder.path().string() +
                   "\" cannot be changed: " + reason_of(errno) + ".");
  };
  FileDescriptor file(::openat(folder.descriptor(), "statistics.lock",
                               O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file.is_open()) return failed();
  while (::flock(file.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return failed();
  }
  return file;
}

}  // namespace

StatisticsStore::StatisticsStore(StatisticsOptions options, Today today, FileCalls calls)
    : options_(std::move(options)),
      today_(std::move(today)),
      calls_(std::move(calls)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

StatisticsStore::~StatisticsStore() {
  thread_.request_stop();
  thread_.join();
  save_and_report();
}

void StatisticsStore::add(Day day, std::string_view language, const SuggestionCounts& counts) {
  {
    const std::lock_guard lock(mutex_);
    counted_.add(day, language, counts);
    has_news_ = true;
  }
  changed_.notify_one();
}

Result<void> StatisticsStore::save() {
  const std::lock_guard alone(file_);
  Statistics counted;
  {
    const std::lock_guard lock(mutex_);
    counted = std::exchange(counted_, {});
    has_news_ = false;
  }
  if (counted.empty()) return {};
  auto saved = add_to_file(counted);
  if (!saved) {
    const std::lock_guard lock(mutex_);
    counted_.add(counted);
  }
  return saved;
}

Result<void> StatisticsStore::add_to_file(const Statistics& counted) {
  const auto folder = PrivateFolder::create(options_.folder);
  if (!folder) return tl::unexpected(folder.error());
  const auto held = lock(*folder);
  if (!held) return tl::unexpected(held.error());
  ReplacementFile::remove_abandoned(*folder);
  auto found = read_statistics(*folder);
  if (!found) return tl::unexpected(found.error());
  if (found->is_damaged) {
    if (const auto aside = put_aside(*folder, calls_); !aside) return aside;
    spdlog::warn("The statistics in \"{}\" were damaged; they are put aside, and begun anew.",
                 folder->path().string());
  }
  Statistics& sum = found->statistics;
  sum.add(counted);
  forget_what_is_old(sum, today());
  auto written = write_statistics(*folder, sum, calls_);
  if (written) return {};
  // It can be in place and yet not be sure to outlast a loss of power. Counting twice would be
  // worse.
  const auto there = read_statistics(*folder);
  if (there && there->statistics == sum) return {};
  return written;
}

Result<Statistics> StatisticsStore::read() const {
  const std::lock_guard alone(file_);
  Statistics all;
  const auto folder = PrivateFolder::open(options_.folder);
  if (!folder) return tl::unexpected(folder.error());
  if (*folder) {
    auto found = read_statistics(**folder);
    if (!found) return tl::unexpected(found.error());
    all = std::move(found->statistics);
  }
  const std::lock_guard lock(mutex_);
  all.add(counted_);
  return all;
}

Result<std::size_t> StatisticsStore::erase() {
  const std::lock_guard alone(file_);
  Statistics erased;
  const auto folder = PrivateFolder::open(options_.folder);
  if (!folder) return tl::unexpected(folder.error());
  if (*folder) {
    const auto held = lock(**folder);
    if (!held) return tl::unexpected(held.error());
    if (auto found = read_statistics(**folder)) erased = std::move(found->statistics);
    if (const auto removed = remove_statistics(**folder); !removed) {
      return tl::unexpected(removed.error());
    }
  }
  const std::lock_guard lock(mutex_);
  erased.add(std::exchange(counted_, {}));
  return erased.days().size();
}

void StatisticsStore::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return has_news_; })) return;
      // More will come soon, to be written together.
      changed_.wait_for(lock, stop, options_.interval, [] { return false; });
    }
    if (!stop.stop_requested()) save_and_report();
  }
}

void StatisticsStore::save_and_report() {
  const auto saved = save();
  const std::lock_guard alone(file_);
  if (!saved && !has_failed_) {
    spdlog::warn("{}", saved.error().message);
    if (!saved.error().cause.empty()) spdlog::debug("{}", saved.error().cause);
  }
  has_failed_ = !saved;
}

}  // namespace nextline::lsp
