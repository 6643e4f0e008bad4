#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/error.h"
#include "lsp/workspace/history_limits.h"

namespace nextline::lsp {

enum class TextKind : std::uint8_t {
  kFile,     ///< A file as it is at HEAD.
  kAdded,    ///< Lines that stand together, and that a commit added.
  kRemoved,  ///< The same, removed.
};

/// One thing that a repository says, or has said.
struct RepositoryText {
  TextKind kind;
  std::string path;         ///< From the repository's root, with "/" between folders.
  std::string language;     ///< `language_of` the path.
  std::string commit;       ///< The hash of the one that changed it; of files, of that at HEAD.
  std::int64_t time;        ///< When this was committed, in seconds since 1970.
  std::string blob;         ///< The hash of the file's version that has the text.
  std::string text;         ///< Well-formed UTF-8, with something other than white space in it.
  std::string line_before;  ///< What stood before the lines, in the same version; else empty.
};

struct ReadTexts;

/// Which texts are asked for, and how many.
struct TextRequest {
  /// The hash of the commit that is read in place of that at HEAD; that one if empty.
  std::string head;
  /// Whether those of files at HEAD are, if they differ from what the first of the `known` commits
  /// has.
  bool files = true;
  /// Those of files up to this path are not: of the last one that was received of a reading with
  /// the same `head` and the same `known` that did not come to the end of the files. All are asked
  /// for if empty.
  std::string files_behind;
  /// Commits to begin the history with: what `ReadText::waiting` was. That at HEAD if empty.
  std::vector<std::string> from;
  /// Commits that were read already, and all before them: heads of earlier readings, the newest
  /// first. Those that are not in the repository any more count for nothing.
  std::vector<std::string> known;
  /// `most_commits` counts merges, too. `most_bytes` are those of the texts given; 64 times as many
  /// are read at most.
  HistoryLimits limits;
  /// Called between two files or two commits wherever texts of so many bytes were given since the
  /// last time: all that was given until now is of what `head`, `waiting` and `has_all_files` say,
  /// so that another reading can go on there.
  std::function<void(const ReadTexts& so_far)> at_checkpoint;
  std::size_t checkpoint_bytes = std::size_t{2} << 20U;
};

/// What has been left out, in files or changes of files, or, of the last three, in texts.
struct TextsLeftOut {
  std::size_t secret = 0;
  std::size_t ignored = 0;
  std::size_t generated = 0;  ///< By their names, or because they are made of endless lines.
  std::size_t too_large = 0;
  std::size_t binary = 0;
  std::size_t others = 0;  ///< Links, submodules, impossible names.
  std::size_t blank = 0;
  std::size_t duplicate = 0;  ///< The same lines, or the same change, were given before.
};

/// What became of a request.
struct ReadTexts {
  enum class End : std::uint8_t { kAllRead, kLimit, kStopped };
  End end = End::kAllRead;
  /// The commit at HEAD, for `known` when something is committed; empty if there is none.
  std::string head;
  /// Where the history goes on that has not been read, for `from`, with the same `known` as now.
  /// A commit that was being read at a stop is among them, so that its texts come again; one that
  /// exceeded a limit is not. Empty if nothing is left.
  std::vector<std::string> waiting;
  bool has_all_files = true;  ///< Of those at HEAD that were asked for.

  std::size_t files = 0;    ///< Texts of this kind that were given,
  std::size_t added = 0;    ///< and of this,
  std::size_t removed = 0;  ///< and of this;
  std::size_t bytes = 0;    ///< in them together.
  std::size_t commits = 0;  ///< That were read.
  std::size_t merges = 0;   ///< That were passed over.
  TextsLeftOut left_out;
  /// Commits, folders and files that are missing or damaged, and all that can be reached through
  /// them alone.
  std::size_t unreadable = 0;
  bool is_shallow = false;  ///< The clone has no older commits.

  /// Whether all was given that the repository has, apart from what is `left_out`.
  bool is_complete() const { return end == End::kAllRead && unreadable == 0 && !is_shallow; }
};

/// How much a reading looks at.
struct TextExtent {
  std::size_t files = 0;    ///< That are at HEAD, of those that were asked for.
  std::size_t commits = 0;  ///< Merges among them.
};

/// How much a request is about, without what is left out: to tell how far its reading is. Takes
/// some hundredths of what the reading takes. Nothing is counted where that fails.
TextExtent extent_of(const std::filesystem::path& folder, const TextRequest& request,
                     const std::stop_token& stop = {});

/// Receives one text after the other.
using TakeText = std::function<void(RepositoryText)>;

/// Gives the texts of a repository: the files at HEAD in the order of their paths; then what each
/// commit changed, the newest first, along all parents (`CommitWalk`); of one commit folder by
/// folder (`TreeComparison`), of one file by line, removed lines before added ones. All parents,
/// because a branch that was merged was written in its own small commits; merges themselves are
/// left out, and so are the oldest commits of a shallow clone.
///
/// Left out is what must not be read (`IgnoreRules`), now or in the past; what is generated; what
/// is too large or no text; and what was given before in this reading, as a file or as lines of
/// either kind: lines that were removed are not given again where they had been added. That is said
/// of the last million texts.
///
/// `folder` is a repository's, bare or not, or one within it. Only objects and rules are read:
/// nothing is checked out, no hook is run, no filter and no remote is asked. `take` is called in
/// this thread, and `stop` is looked at between two texts; only the comparison of two versions of a
/// file, which takes seconds at most, is not interrupted. The memory that is needed depends on the
/// largest files and folders, not on the length of the history. Any thread may call this.
///
/// Fails if there is no repository, it belongs to another user, or the commit to begin with cannot
/// be read. A repository without commits has no texts.
Result<ReadTexts> read_texts(const std::filesystem::path& folder, const TextRequest& request,
                             const TakeText& take, const std::stop_token& stop = {});

}  // namespace nextline::lsp
