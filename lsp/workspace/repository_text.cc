#include "lsp/workspace/repository_text.h"

#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "engine/disk/hash.h"
#include "lsp/workspace/commit_walk.h"
#include "lsp/workspace/file_language.h"
#include "lsp/workspace/generated.h"
#include "lsp/workspace/ignore_rules.h"
#include "lsp/workspace/line_hunks.h"
#include "lsp/workspace/repository.h"
#include "lsp/workspace/tree_comparison.h"

namespace nextline::lsp {
namespace {

/// Most that is read has been given before, or differs in a few lines.
constexpr std::size_t kReadPerGiven = 64;

/// Remembers what it was asked about, up to a million of things.
class Remembered {
 public:
  bool is_new(std::string_view thing) {
    if (hashes_.size() == kMost) hashes_.clear();
    return hashes_.insert(hash_64(std::as_bytes(std::span(thing)))).second;
  }

 private:
  static constexpr std::size_t kMost = 1'000'000;
  std::unordered_set<std::uint64_t> hashes_;
};

/// Files that may be asked for again soon. From the newest commit to the oldest, what a file was
/// before a change is what it became by the change before.
class RecentFiles {
 public:
  /// Null if it is not here. Who takes a file may keep it again.
  GitBlob take(const git_oid& id) {
    const auto file = files_.extract(id);
    if (!file) return {};
    bytes_ -= text_of(*file.mapped()).size();
    return std::move(file.mapped());
  }
  void keep(GitBlob file) {
    const std::size_t bytes = text_of(*file).size();
    if (bytes_ + bytes > kMostBytes) {
      files_.clear();
      bytes_ = 0;
    }
    const git_oid id = *git_blob_id(file.get());
    if (files_.try_emplace(id, std::move(file)).second) bytes_ += bytes;
  }

 private:
  static constexpr std::size_t kMostBytes = std::size_t{32} << 20U;
  std::unordered_map<git_oid, GitBlob, GitIdHash, GitIdEqual> files_;
  std::size_t bytes_ = 0;
};

/// Where each line of a text begins, and where the last one ends.
std::vector<std::size_t> line_bounds(std::string_view text) {
  std::vector<std::size_t> bounds = {0};
  for (std::size_t end = text.find('\n'); end != std::string_view::npos;
       end = text.find('\n', end + 1)) {
    bounds.push_back(end + 1);
  }
  if (bounds.back() != text.size()) bounds.push_back(text.size());
  return bounds;
}

/// A text and its lines.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text), bounds_(line_bounds(text)) {}
  std::string_view range(std::size_t first, std::size_t last) const {
    return text_.substr(bounds_[first], bounds_[last] - bounds_[first]);
  }
  /// The line before this one; empty if there is none, or it is endless.
  std::string_view before(std::size_t line) const {
    const std::string_view found = line > 0 ? range(line - 1, line) : std::string_view();
    return has_endless_lines(found) ? std::string_view() : found;
  }

 private:
  std::string_view text_;
  std::vector<std::size_t> bounds_;
};

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

std::string_view bytes_of(const git_oid* id) {
  if (id == nullptr) return {};
  return {reinterpret_cast<const char*>(id->id), sizeof id->id};  // NOLINT: libgit2's are unsigned.
}

/// Says where the history that is asked for begins and ends. Returns the commit that files are
/// compared with, or null. Counts names that are none.
GitCommit begin_walk(const Repository& repository, const TextRequest& request,
                     const git_commit& newest, CommitWalk& walk, std::size_t& unreadable) {
  GitCommit newest_known;
  for (const std::string& hash : request.known) {
    const auto id = git_id(hash);
    GitCommit commit = id ? repository.commit(*id) : GitCommit();
    if (!commit) continue;
    walk.hide(*id);
    if (!newest_known) newest_known = std::move(commit);
  }
  if (request.from.empty()) walk.start_at(*git_commit_id(&newest));
  for (const std::string& hash : request.from) {
    const auto id = git_id(hash);
    if (id) walk.start_at(*id);
    if (!id) ++unreadable;
  }
  return newest_known;
}

Result<GitCommit> newest_of(const Repository& repository, const TextRequest& request) {
  return request.head.empty() ? repository.newest_commit() : repository.commit_called(request.head);
}

class TextReader {
 public:
  TextReader(const Repository& repository, const TextRequest& request, const TakeText& take,
             const std::stop_token& stop)
      : repository_(repository),
        request_(request),
        limits_(request.limits),
        take_(take),
        stop_(stop),
        rules_(repository),
        comparison_(repository, TreeComparison::Files::kAll, limits_.most_entries),
        walk_(repository) {}

  ReadTexts read(const git_commit& newest) {
    summary_.head = git_hash(*git_commit_id(&newest));
    summary_.is_shallow = repository_.is_shallow();
    newest_known_ = begin_walk(repository_, request_, newest, walk_, summary_.unreadable);
    summary_.has_all_files = !request_.files;
    if (request_.files) summary_.has_all_files = read_files(newest);
    bool is_cut = !summary_.has_all_files;
    for (std::size_t seen = 0; goes_on() && seen < limits_.most_commits; ++seen) {
      check_point();
      const GitCommit commit = walk_.next(stop_);
      if (!commit) break;
      if (read_commit(*commit)) continue;
      is_cut = true;
      if (!is_full()) walk_.put_back(*git_commit_id(commit.get()));
    }
    list_waiting();
    is_cut |= !summary_.waiting.empty() || walk_.is_at_limit();
    if (is_cut) summary_.end = is_stopped() ? ReadTexts::End::kStopped : ReadTexts::End::kLimit;
    summary_.unreadable += comparison_.unreadable() + walk_.unreadable();
    summary_.left_out.others = comparison_.others();
    return std::move(summary_);
  }

 private:
  void list_waiting() {
    summary_.waiting.clear();
    for (const git_oid& id : walk_.waiting()) summary_.waiting.push_back(git_hash(id));
  }

  void check_point() {
    if (!request_.at_checkpoint || summary_.bytes - checked_bytes_ < request_.checkpoint_bytes) {
      return;
    }
    checked_bytes_ = summary_.bytes;
    list_waiting();  // Takes longer where many branches are open, so it is not done at each commit.
    request_.at_checkpoint(summary_);
  }

  bool is_stopped() const { return stop_.stop_requested(); }
  bool is_full() const { return has_reached_limit_ || comparison_.is_at_limit(); }
  bool goes_on() const { return !is_stopped() && !is_full(); }

  // These three return whether they came to the end.

  bool read_files(const git_commit& newest) {
    begin_commit(newest);
    return comparison_.compare(
        newest_known_ ? git_commit_tree_id(newest_known_.get()) : nullptr,
        git_commit_tree_id(&newest),
        [this](const FileChange& file) {
          if (file.new_file == nullptr || file.path <= request_.files_behind) return true;
          check_point();
          if (is_stopped()) return false;
          if (!may_read(file.path)) return true;
          if (GitBlob version = version_of(*file.new_file)) {
            give(TextKind::kFile, file.path, *version, text_of(*version));
            recent_.keep(std::move(version));
          }
          return !is_full();
        },
        stop_);
  }

  bool read_commit(const git_commit& commit) {
    const unsigned parents = git_commit_parentcount(&commit);
    if (parents > 1) ++summary_.merges;
    if (parents > 1) return true;
    const GitCommit parent =
        parents == 1 ? repository_.commit(*git_commit_parent_id(&commit, 0)) : GitCommit();
    if (parents == 1 && !parent) return true;  // The walk has counted it.
    ++summary_.commits;
    begin_commit(commit);
    return comparison_.compare(
        parent ? git_commit_tree_id(parent.get()) : nullptr, git_commit_tree_id(&commit),
        [this](const FileChange& change) { return read_change(change); }, stop_);
  }

  bool read_change(const FileChange& change) {
    if (!may_read(change.path)) return true;
    // What came or went as a whole has the same lines in either case.
    const std::string versions = std::string(bytes_of(change.old_file)) +=
        bytes_of(change.new_file);
    if (!changes_.is_new(versions)) {
      ++summary_.left_out.duplicate;
      return true;
    }
    GitBlob old_version;
    GitBlob new_version;
    const bool has_both = change.old_file != nullptr && change.new_file != nullptr;
    if (change.new_file != nullptr) new_version = version_of(*change.new_file);
    if (change.old_file != nullptr && (new_version || !has_both)) {
      old_version = version_of(*change.old_file);
    }
    if (old_version && new_version) {
      if (!give_hunks(change.path, *old_version, *new_version)) return false;
    } else if (!has_both && new_version) {
      give(TextKind::kAdded, change.path, *new_version, text_of(*new_version));
    } else if (!has_both && old_version) {
      give(TextKind::kRemoved, change.path, *old_version, text_of(*old_version));
    }
    if (old_version) recent_.keep(std::move(old_version));
    return !is_full();
  }

  bool give_hunks(const std::string& path, const git_blob& old_version,
                  const git_blob& new_version) {
    const Lines old_lines(text_of(old_version));
    const Lines new_lines(text_of(new_version));
    for (const LineHunk& hunk : line_hunks(old_version, new_version)) {
      if (!goes_on()) return false;
      if (hunk.old_first != hunk.old_last) {
        give(TextKind::kRemoved, path, old_version, old_lines.range(hunk.old_first, hunk.old_last),
             old_lines.before(hunk.old_first));
      }
      if (!goes_on()) return false;
      if (hunk.new_first != hunk.new_last) {
        give(TextKind::kAdded, path, new_version, new_lines.range(hunk.new_first, hunk.new_last),
             new_lines.before(hunk.new_first));
      }
    }
    return !is_full();
  }

  void begin_commit(const git_commit& commit) {
    commit_ = git_hash(*git_commit_id(&commit));
    time_ = git_commit_time(&commit);
  }

  bool may_read(const std::string& path) {
    if (is_generated(path)) {
      ++summary_.left_out.generated;
      return false;
    }
    const Permission permission = rules_.of(path);
    if (permission == Permission::kSecret) ++summary_.left_out.secret;
    if (permission == Permission::kIgnored) ++summary_.left_out.ignored;
    return permission == Permission::kReadable;
  }

  /// Null if it is not to be read, or cannot be.
  GitBlob version_of(const git_oid& id) {
    if (GitBlob recent = recent_.take(id)) return recent;
    auto file = repository_.file(id, limits_.most_file_bytes);
    if (!file) {
      ++count_of(file.error());
      return {};
    }
    bytes_read_ += text_of(**file).size();
    if (bytes_read_ / kReadPerGiven > limits_.most_bytes) {
      has_reached_limit_ = true;
      return {};
    }
    return std::move(*file);
  }

  std::size_t& count_of(NoText reason) {
    switch (reason) {
      case NoText::kTooLarge:
        return summary_.left_out.too_large;
      case NoText::kBinary:
        return summary_.left_out.binary;
      case NoText::kUnreadable:
        break;
    }
    return summary_.unreadable;
  }

  void give(TextKind kind, const std::string& path, const git_blob& version, std::string_view text,
            std::string_view line_before = {}) {
    std::size_t* reason = reason_to_leave_out(text);
    if (reason != nullptr) {
      ++*reason;
      return;
    }
    if (text.size() > limits_.most_bytes - summary_.bytes) {
      has_reached_limit_ = true;
      return;
    }
    summary_.bytes += text.size();
    ++(kind == TextKind::kFile    ? summary_.files
       : kind == TextKind::kAdded ? summary_.added
                                  : summary_.removed);
    take_({kind, path, language_of(path), commit_, time_, git_hash(*git_blob_id(&version)),
           std::string(text), std::string(line_before)});
  }

  /// Where to count it; null if there is none.
  std::size_t* reason_to_leave_out(std::string_view text) {
    if (is_blank(text)) return &summary_.left_out.blank;
    if (has_endless_lines(text)) return &summary_.left_out.generated;
    if (!texts_.is_new(text)) return &summary_.left_out.duplicate;
    return nullptr;
  }

  const Repository& repository_;
  const TextRequest& request_;
  const HistoryLimits& limits_;
  const TakeText& take_;
  const std::stop_token& stop_;
  IgnoreRules rules_;
  TreeComparison comparison_;
  CommitWalk walk_;
  GitCommit newest_known_;
  ReadTexts summary_;
  // Of the commit that is being read.
  std::string commit_;
  std::int64_t time_ = 0;
  RecentFiles recent_;
  Remembered texts_;
  Remembered changes_;  // Of pairs of versions.
  std::size_t bytes_read_ = 0;
  std::size_t checked_bytes_ = 0;  // Given when the last checkpoint was.
  bool has_reached_limit_ = false;
};

}  // namespace

Result<ReadTexts> read_texts(const std::filesystem::path& folder, const TextRequest& request,
                             const TakeText& take, const std::stop_token& stop) {
  const auto repository = Repository::open(folder, Repository::Search::kHereAndAbove);
  if (!repository) return tl::unexpected(repository.error());
  if (request.head.empty() && !repository->has_commits()) return ReadTexts();
  const auto newest = newest_of(*repository, request);
  if (!newest) return tl::unexpected(newest.error());
  return TextReader(*repository, request, take, stop).read(**newest);
}

TextExtent extent_of(const std::filesystem::path& folder, const TextRequest& request,
                     const std::stop_token& stop) {
  TextExtent extent;
  const auto repository = Repository::open(folder, Repository::Search::kHereAndAbove);
  if (!repository || (request.head.empty() && !repository->has_commits())) return extent;
  const auto newest = newest_of(*repository, request);
  if (!newest) return extent;
  CommitWalk walk(*repository);
  std::size_t unreadable = 0;
  const GitCommit known = begin_walk(*repository, request, **newest, walk, unreadable);
  while (extent.commits < request.limits.most_commits && walk.next(stop)) ++extent.commits;
  if (!request.files) return extent;
  TreeComparison comparison(*repository, TreeComparison::Files::kAll, request.limits.most_entries);
  comparison.compare(
      known ? git_commit_tree_id(known.get()) : nullptr, git_commit_tree_id(newest->get()),
      [&](const FileChange& file) {
        extent.files += file.new_file != nullptr && file.path > request.files_behind ? 1 : 0;
        return true;
      },
      stop);
  return extent;
}

}  // namespace nextline::lsp
