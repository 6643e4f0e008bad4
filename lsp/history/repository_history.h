#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>
#include <string>

#include "engine/error.h"
#include "engine/speculate/history_document.h"
#include "engine/speculate/history_index.h"
#include "engine/tokenizer/tokenizer.h"
#include "lsp/history/history_options.h"
#include "lsp/history/history_report.h"

namespace nextline::lsp {

/// The index over one repository's files and history, as one tokeniser cuts them. It lies in a
/// folder that all processes and all worktrees of the repository share; beside the segments stands
/// how far the repository has been read.
///
/// An update reads what has come since the last one, and goes on where that was stopped or killed.
/// One at a time updates a folder; who comes meanwhile has what is there. All is read anew where a
/// segment or the state is lost or damaged, and where what was added has made the index half as
/// large again as its budget. Other tokenisers have segments of their own; what was not used for 30
/// days is removed.
///
/// Any thread may take the segments at any time. One thread at a time may call the rest.
class RepositoryHistory {
 public:
  /// The repository that a folder or a file lies in. Reads nothing of it, nor of the index. Fails
  /// if there is none, or it belongs to another user. The tokeniser must outlive the history.
  static Result<std::unique_ptr<RepositoryHistory>> open(const std::filesystem::path& place,
                                                         const Tokenizer& tokenizer,
                                                         const HistoryOptions& options);

  HistoryIndex::Segments segments() const { return index_.segments(); }
  /// Where the index lies.
  const std::filesystem::path& folder() const { return folder_; }
  /// The folder of this worktree, or of a bare repository.
  const std::filesystem::path& repository() const { return repository_; }

  /// Opens what others have added, and lets go of what they removed.
  Result<void> refresh() { return index_.refresh(); }

  /// Brings the index up to date. `tell` may be empty; else it is called in this thread. Fails if
  /// the repository cannot be read or the index not be written; what was added before stays. Stops
  /// within some tenths of a second.
  Result<HistoryReport> update(const TellProgress& tell = {}, const std::stop_token& stop = {});

  /// Adds documents that no commit has yet. False, and nothing is added, where somebody else is
  /// changing the index, or an update has to look at it first.
  Result<bool> add(std::span<const HistoryDocument> documents, const std::stop_token& stop = {});

 private:
  RepositoryHistory(std::filesystem::path repository, std::filesystem::path folder,
                    const Tokenizer& tokenizer, HistoryOptions options);

  void describe(HistoryReport& report) const;

  const std::filesystem::path repository_;
  const std::filesystem::path folder_;
  const Tokenizer& tokenizer_;
  const HistoryOptions options_;
  const std::string state_name_;
  bool is_damaged_ = false;  // A segment was no use since the last update.
  HistoryIndex index_;
};

}  // namespace nextline::lsp
