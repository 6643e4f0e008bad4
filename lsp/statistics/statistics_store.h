#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string_view>
#include <thread>

#include "engine/disk/replacement_file.h"
#include "engine/error.h"
#include "lsp/statistics/statistics.h"

namespace nextline::lsp {

struct StatisticsOptions {
  std::filesystem::path folder;  ///< A folder of the user's own. Empty: none are kept.
  /// What has been counted is written down when so much time has passed.
  std::chrono::milliseconds interval{5000};
};

/// Keeps statistics in a file of the user's own, for a year, on this machine only.
///
/// Several processes can share a file: each adds to it what it has counted, one at a time, so none
/// loses what another has counted. What is not written yet is kept in memory; if it cannot be
/// written, that is logged once, and tried again with what is counted next. A damaged file is put
/// aside, and a new one begun.
///
/// Writing waits for the disk on a thread of the store's own. Any thread may call.
class StatisticsStore {
 public:
  using Today = std::function<Day()>;

  explicit StatisticsStore(StatisticsOptions options, Today today = local_day,
                           FileCalls calls = FileCalls::of_the_system());
  StatisticsStore(const StatisticsStore&) = delete;
  StatisticsStore& operator=(const StatisticsStore&) = delete;
  /// Writes down what is not written yet.
  ~StatisticsStore();

  Day today() const { return today_(); }

  /// Counts. Does not wait for the disk.
  void add(Day day, std::string_view language, const SuggestionCounts& counts);

  /// Writes down what is not written yet.
  Result<void> save();
  /// What has been counted, by all processes as far as they have written it, and by this one.
  Result<Statistics> read() const;
  /// Forgets all that was counted; returns of how many days that was.
  Result<std::size_t> erase();

 private:
  void run(const std::stop_token& stop);
  /// Adds to the file, which nobody else changes meanwhile.
  Result<void> add_to_file(const Statistics& counted);
  /// Saves, and logs a failure unless the one before has failed, too.
  void save_and_report();

  const StatisticsOptions options_;
  const Today today_;
  const FileCalls calls_;

  mutable std::mutex file_;  // Whoever has it is this process' only one at the file.
  bool has_failed_ = false;  // Guarded by file_.

  mutable std::mutex mutex_;  // Held for moments only, and within file_ where both are.
  std::condition_variable_any changed_;
  Statistics counted_;     // Not written yet; guarded by mutex_.
  bool has_news_ = false;  // Counted since it was last tried to write; guarded by mutex_.
  std::jthread thread_;    // The last: it ends before what it uses is gone.
};

}  // namespace nextline::lsp
