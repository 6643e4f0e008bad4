#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/speculate/history_index.h"
#include "engine/tokenizer/tokenizer.h"
#include "lsp/history/history_options.h"
#include "lsp/history/repository_history.h"
#include "lsp/work_status.h"

namespace nextline::lsp {

/// What a file's repository has said.
struct HistoryView {
  HistoryIndex::Segments segments;
  std::string path;  ///< The file's, from the repository's root; empty if it is in none.
};

/// Is shown how far an update is that takes more than a moment: some statuses, then a finished one.
using ShowHistory = std::function<void(const WorkStatus&)>;

/// How long things wait.
struct HistoryIntervals {
  std::chrono::milliseconds between_looks = std::chrono::minutes(3);  ///< For new commits.
  /// From one look to the next that a save brings about: what is saved is added by then.
  std::chrono::milliseconds between_saves = std::chrono::minutes(1);
  std::chrono::milliseconds unshown = std::chrono::milliseconds(500);  ///< Of an update.
};

/// Keeps the indices over the repositories of open files up to date, one after the other, on a
/// thread of its own that runs only while nothing else wants the processor.
///
/// A repository is looked at when a file of it is opened, every few minutes, and some time after a
/// file was saved; where HEAD is the same that takes some 4 ms. What was saved and not
/// yet committed is added, but for lines that were there before, at HEAD or in an earlier save.
/// Files that look as if they held secrets have no view; these and ignored ones are not added.
///
/// Any thread may call it. What goes wrong is said in the log; nobody depends on an index. Where
/// memory runs out, it is tried again at the next look.
class HistoryKeeper {
 public:
  /// Both are called on the keeper's thread, and may be empty: `show`, and `on_rest` when what was
  /// due is done. The tokeniser must outlive the keeper.
  HistoryKeeper(const Tokenizer& tokenizer, HistoryOptions options, ShowHistory show,
                std::function<void()> on_rest, HistoryIntervals intervals = {});
  HistoryKeeper(const HistoryKeeper&) = delete;
  HistoryKeeper& operator=(const HistoryKeeper&) = delete;
  /// Stops within about a tenth of a second; later where other programs keep all processors busy.
  /// What was saved is added before, if that can be done at once.
  ~HistoryKeeper();

  /// Has the file's repository found and brought up to date.
  void open(const std::filesystem::path& file);
  /// A file was saved with this text.
  void saved(const std::filesystem::path& file, std::shared_ptr<const std::string> text);

  /// What is there now. Takes microseconds; empty until the repository has been found.
  HistoryView view(const std::filesystem::path& file) const;

  /// Returns when all that was asked for before is done, saves included.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;

  struct Save {
    std::filesystem::path file;
    std::shared_ptr<const std::string> text;
  };
  /// Added lines, as tokens, until they are in a segment.
  struct SavedLines {
    std::vector<TokenId> tokens;
    std::string path;
    std::int64_t time;
    std::uint16_t language;
  };
  /// Belongs to the keeper's thread, but for what several threads may ask of a history.
  struct KnownRepository {
    std::unique_ptr<RepositoryHistory> history;
    std::vector<SavedLines> saved;  // Not yet added.
    Clock::time_point due;          // When it is to be looked at,
    Clock::time_point looked;       // and when it was.
    std::string last_error;         // Is logged once.
  };
  struct FilePlace {
    KnownRepository* repository;
    std::string path;  // From the repository's root.
  };

  void run(const std::stop_token& stop);
  /// Returns when there is something to do; the number of a `finish` that waits for it, or 0.
  std::uint64_t wait(const std::stop_token& stop);
  void do_what_is_due(bool is_asked, const std::stop_token& stop);
  /// Behind a step that found no memory: what it was about is tried again later.
  void put_off();
  void find_opened();
  void take_saves();
  void find(const std::filesystem::path& file);
  KnownRepository* repository_of(const std::filesystem::path& folder);
  std::optional<FilePlace> place_of(const std::filesystem::path& file) const;
  void take(const Save& save);
  void look_at(KnownRepository& repository, const std::stop_token& stop);
  void update(KnownRepository& repository, const std::stop_token& stop);
  void add_saved(KnownRepository& repository, const std::stop_token& stop);
  void log_once(KnownRepository& repository, const Error& error);
  std::optional<Clock::time_point> next_due() const;

  const Tokenizer& tokenizer_;
  const HistoryOptions options_;
  const ShowHistory show_;
  const std::function<void()> on_rest_;
  const HistoryIntervals intervals_;

  mutable std::mutex mutex_;  // Guards what follows up to the next blank line.
  std::condition_variable_any changed_;
  std::vector<std::filesystem::path> opened_;  // To be found.
  std::vector<Save> saves_;                    // To be taken.
  std::unordered_map<std::string, FilePlace> places_;
  std::uint64_t asked_ = 0;     // Calls of `finish`,
  std::uint64_t finished_ = 0;  // and how many of them are done.

  // The keeper's thread alone.
  std::map<std::filesystem::path, std::unique_ptr<KnownRepository>> repositories_;  // By folder.
  std::unordered_map<std::string, std::shared_ptr<const std::string>> texts_;  // As last saved.
  std::unordered_set<std::uint64_t> lines_;  // Hashes of what was taken.

  std::jthread thread_;  // Is the last, so that it ends first.
};

}  // namespace nextline::lsp
