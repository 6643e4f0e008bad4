#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/disk/private_folder.h"
#include "engine/error.h"
#include "engine/speculate/history_document.h"
#include "engine/speculate/history_index.h"
#include "engine/tokenizer/tokenizer.h"
#include "lsp/history/history_options.h"
#include "lsp/history/history_report.h"
#include "lsp/history/history_state.h"

namespace nextline::lsp {

/// One update of an index: texts are read, become tokens and, some megabytes at a time, segments;
/// behind each, the state says how far it came. Whoever makes one has the folder's `UpdateLock`.
///
/// Wherever it ends, what is on the disk is true: a segment is there before the state that tells of
/// it, so that its texts may come a second time and never not at all.
class HistoryUpdate {
 public:
  /// What is updated, and from what. All of it must outlive the update.
  struct Subject {
    const std::filesystem::path& repository;
    const HistoryOptions& options;
    const Tokenizer& tokenizer;
    HistoryIndex& index;
    const PrivateFolder& folder;  ///< The index's.
    const std::string& state_name;
  };

  HistoryUpdate(const Subject& subject, const TellProgress& tell, const std::stop_token& stop)
      : subject_(subject), tell_(tell), stop_(stop) {}

  /// To be called once. `is_damaged` says that a segment was found to be no use. Fills in what was
  /// done, not what there is.
  Result<HistoryReport> run(bool is_damaged);

 private:
  using Clock = std::chrono::steady_clock;

  /// A text as tokens, until it is in a segment.
  struct Document {
    std::vector<TokenId> tokens;
    std::string path;
    std::int64_t commit_time;
    std::uint16_t language;
    DocumentKind kind;
  };

  Result<void> load_state(bool is_damaged);
  Result<bool> has_lost_segments(const HistoryState& state, bool is_damaged) const;
  Result<void> clear();
  Result<std::string> head() const;
  /// Reads on until the end of the reading or a stop.
  Result<void> read();
  TextRequest request_of(const HistoryReading& reading) const;
  Result<void> begin_anew_behind(const Error& error);
  void end_reading();
  void take(const RepositoryText& text);
  void reach(const ReadTexts& so_far);
  void keep_what_is_pending();
  Result<void> flush();
  void add_up(const ReadTexts& read);
  void tell(const RepositoryText& text);

  std::size_t tokens() const;
  std::size_t most_tokens() const;
  std::size_t most_tokens_of_files() const;

  const Subject subject_;
  const TellProgress& tell_;
  const std::stop_token stop_;
  HistoryReport report_;
  HistoryState state_;
  bool has_outgrown_ = false;

  // Of the reading.
  std::stop_source reading_stop_;
  bool are_files_cut_ = false;
  std::vector<Document> documents_;  // Not yet in a segment.
  std::size_t pending_tokens_ = 0;
  std::optional<Error> error_;  // Of a flush within the reading.
  TextExtent extent_;
  std::size_t files_seen_ = 0;
  std::size_t commits_seen_ = 0;
  std::string commit_;  // The last one of these.
  Clock::time_point told_{};
};

}  // namespace nextline::lsp
