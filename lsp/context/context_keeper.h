#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "lsp/context/context_chooser.h"
#include "lsp/context/workspace_folders.h"

namespace nextline::lsp {

/// What stands in front of a document: what other files define that it may want to see.
struct DocumentContext {
  std::vector<ContextSnippet> snippets;
  std::string text;  ///< As it stands in a prompt; empty, or ends with a line end.
  bool operator==(const DocumentContext&) const = default;
};

/// How long things wait.
struct ContextIntervals {
  /// From one reading of a folder to the next, for what nobody tells of.
  std::chrono::milliseconds between_readings = std::chrono::minutes(3);
  /// When something is said to have changed: more may follow.
  std::chrono::milliseconds after_change = std::chrono::seconds(2);
  /// Until what was typed stands for what is on disk.
  std::chrono::milliseconds after_key = std::chrono::seconds(2);
};

struct ContextKeeperOptions {
  /// How much of a prompt a text takes; called on the keeper's thread.
  std::function<std::size_t(std::string_view)> size_of = [](std::string_view text) {
    return text.size();
  };
  /// Called on the keeper's thread when a document's context is another than before. May be empty.
  std::function<void()> on_choice;
  /// Called on the keeper's thread when it has done something and has nothing more to do for now.
  /// May be empty.
  std::function<void()> on_rest;
  ContextIntervals intervals;
  bool is_idle_work = true;  ///< Runs only while nothing else wants the processor.
};

/// Keeps what the files of a workspace define, and chooses what of it is shown along with an open
/// document: all on a thread of its own, so that nobody waits.
///
/// A folder is read when a document in it is opened, again when files are said to have changed, and
/// every few minutes; at most a tenth of the time. What is typed into an open document stands for
/// what is on disk, some time after the last key. Documents that look like secrets have no context,
/// and what must not be read is in none.
///
/// Where memory runs out it gives up, which the log says: what was chosen stays, and nothing else
/// is.
///
/// Documents are named by their files. Any thread may call it.
class ContextKeeper {
 public:
  explicit ContextKeeper(ContextKeeperOptions options = {});
  ContextKeeper(const ContextKeeper&) = delete;
  ContextKeeper& operator=(const ContextKeeper&) = delete;
  /// Stops after the step that it is at: a folder's names, or a file, which takes two seconds in
  /// the worst case and mostly a millisecond.
  ~ContextKeeper();

  /// The workspace's folders, in place of those that were named before.
  void set_folders(std::vector<std::filesystem::path> folders);
  /// Files or folders have been made, written or deleted.
  void files_changed(std::vector<std::filesystem::path> paths);

  void open(const std::filesystem::path& file, std::shared_ptr<const std::string> text);
  /// The document's text has become another; only the last of several is looked at.
  void change(const std::filesystem::path& file, std::shared_ptr<const std::string> text);
  void close(const std::filesystem::path& file);

  /// Has a document's context chosen, for its text as it is and a cursor: as soon as its folder has
  /// been read once, and again where a later reading changes something. `most_size`: see `size_of`.
  void choose(const std::filesystem::path& file, std::size_t cursor, std::size_t most_size);

  /// What was chosen last; null as long as nothing was. The same pointer as long as it stays the
  /// same. Takes microseconds.
  std::shared_ptr<const DocumentContext> context_of(const std::filesystem::path& file) const;

  /// Returns when all that was asked for before is done, without waiting for intervals, or when it
  /// is stopped: then with false. Where it has given up, at once.
  bool finish(const std::stop_token& stop = {});

 private:
  using Clock = std::chrono::steady_clock;

  struct Wish {
    std::size_t cursor;
    std::size_t most_size;
  };
  /// What was said of a document and has not been looked at yet.
  struct News {
    std::shared_ptr<const std::string> text;  // Null if it is as it was.
    std::optional<Wish> wish;
    bool is_closed = false;
    Clock::time_point due;
  };
  using AllNews = std::unordered_map<std::string, News>;  // By file.
  /// An open document. Belongs to the keeper's thread.
  struct Document {
    std::shared_ptr<const std::string> text;
    WorkspaceFolders::Place place;
    std::unique_ptr<ContextChooser> chooser;  // None if it is in no folder.
    std::size_t most_bytes = 0;               // That it may choose, as far as that is known.
    std::optional<Wish> wish;
    bool is_waiting = false;         // It is to be chosen for.
    std::uint64_t seen_changes = 0;  // Of the folder, by the last choice.
  };

  void tell(const std::filesystem::path& file, std::chrono::milliseconds delay,
            const std::function<void(News&)>& say);
  void run(const std::stop_token& stop);
  /// Behind a step that found no memory.
  void give_up();
  /// Sleeps until there is something to do. Which call of `finish` waits; 0 if none does.
  std::uint64_t wait(const std::stop_token& stop);
  Clock::time_point next_due() const;
  /// Does some of what is due; says whether anything was.
  bool do_some(bool is_hurried, const std::stop_token& stop);
  bool is_at_rest() const;
  /// Says whether there were any.
  bool take_news(bool is_hurried);
  void take(const std::string& file, News news);
  void put_in_place(const std::string& file, Document& document);
  void leave_place(Document& document);
  void mark_outdated(IndexedFolder& folder) const;
  /// The folder that is to be read now; null if there is none.
  IndexedFolder* to_read(bool is_hurried) const;
  void read_some(IndexedFolder& folder, const std::stop_token& stop);
  void end_reading(IndexedFolder& folder);
  void choose_waiting(const std::stop_token& stop);
  DocumentContext choice_for(Document& document) const;
  void publish(const std::string& file, DocumentContext context);

  const ContextKeeperOptions options_;

  mutable std::mutex mutex_;  // Guards what follows up to the next blank line.
  std::condition_variable_any changed_;
  std::optional<std::vector<std::filesystem::path>> named_;  // To be taken, as the next two.
  std::vector<std::filesystem::path> outdated_;
  AllNews news_;
  std::unordered_map<std::string, std::shared_ptr<const DocumentContext>> contexts_;  // By file.
  std::uint64_t said_ = 0;      // Whatever was said,
  std::uint64_t heard_ = 0;     // and how much of that the thread has woken up for.
  std::uint64_t asked_ = 0;     // Calls of `finish`,
  std::uint64_t finished_ = 0;  // and how many of them are done.
  bool has_given_up_ = false;

  // The keeper's thread alone.
  WorkspaceFolders folders_;
  std::unordered_map<std::string, Document> documents_;  // By file.

  std::jthread thread_;  // Is the last, so that it ends first.
};

}  // namespace nextline::lsp
