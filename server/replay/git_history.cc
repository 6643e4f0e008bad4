#include "server/replay/git_history.h"

#include <optional>
#include <string>
#include <utility>

#include "lsp/workspace/repository.h"
#include "lsp/workspace/tree_comparison.h"

namespace nextline::replay {
namespace {

class HistoryReader {
 public:
  HistoryReader(const lsp::Repository& repository, Language language, const HistoryLimits& limits)
      : repository_(repository),
        language_(language),
        limits_(limits),
        comparison_(repository, lsp::TreeComparison::Files::kInBoth, limits.most_entries) {}

  GitHistory read_from(lsp::GitCommit newest) {
    lsp::GitCommit child = std::move(newest);
    for (std::size_t seen = 1; git_commit_parentcount(child.get()) > 0; ++seen) {
      lsp::GitCommit parent = repository_.commit(*git_commit_parent_id(child.get(), 0));
      if (!parent && !repository_.is_shallow()) ++history_.unreadable;
      if (!parent || seen >= limits_.most_commits) history_.is_complete = false;
      if (!history_.is_complete) break;
      if (git_commit_parentcount(child.get()) == 1 && !compare_commits(*parent, *child)) {
        history_.is_complete = false;
        break;
      }
      child = std::move(parent);
    }
    history_.unreadable += comparison_.unreadable();
    return std::move(history_);
  }

 private:
  /// Whether all was read.
  bool compare_commits(const git_commit& parent, const git_commit& child) {
    const std::string commit = lsp::git_hash(*git_commit_id(&child));
    return comparison_.compare(git_commit_tree_id(&parent), git_commit_tree_id(&child),
                               [&](const lsp::FileChange& change) {
                                 return language_of_file(change.path) != language_ ||
                                        add(commit, change);
                               });
  }

  /// Whether there is room for more.
  bool add(const std::string& commit, const lsp::FileChange& change) {
    std::optional<std::string> old_text = text_of(*change.old_file);
    std::optional<std::string> new_text = old_text ? text_of(*change.new_file) : std::nullopt;
    if (!old_text || !new_text) return true;
    bytes_ += old_text->size() + new_text->size();
    if (bytes_ > limits_.most_bytes) return false;
    history_.files.push_back({commit, change.path, std::move(*old_text), std::move(*new_text)});
    return true;
  }

  /// Nothing if it is not to be read, or cannot be.
  std::optional<std::string> text_of(const git_oid& id) {
    const auto file = repository_.file(id, limits_.most_file_bytes);
    if (file) return std::string(lsp::text_of(**file));
    if (file.error() == lsp::NoText::kUnreadable) ++history_.unreadable;
    return std::nullopt;
  }

  const lsp::Repository& repository_;
  Language language_;
  HistoryLimits limits_;
  lsp::TreeComparison comparison_;
  GitHistory history_;
  std::size_t bytes_ = 0;
};

}  // namespace

Result<GitHistory> read_git_history(const std::filesystem::path& repository, Language language,
                                    const HistoryLimits& limits) {
  const auto opened = lsp::Repository::open(repository, lsp::Repository::Search::kHere);
  if (!opened) return tl::unexpected(opened.error());
  if (!opened->has_commits()) return GitHistory();
  auto newest = opened->newest_commit();
  if (!newest) return tl::unexpected(newest.error());
  return HistoryReader(*opened, language, limits).read_from(std::move(*newest));
}

}  // namespace nextline::replay
