#include "lsp/history/history_update.h"

#include <algorithm>
#include <utility>

#include "engine/tokenizer/utf8.h"
#include "lsp/workspace/file_language.h"
#include "lsp/workspace/repository.h"

namespace nextline::lsp {
namespace {

/// A commit may have any number of them, and memory has not. Else a checkpoint comes first.
constexpr std::size_t kMostPendingTokens = 2'000'000;
/// Heads of earlier readings. Most are before others; those of branches and worktrees are not.
constexpr std::size_t kMostKnown = 64;
constexpr std::chrono::milliseconds kTellInterval{100};

DocumentKind kind_of(TextKind kind) {
  switch (kind) {
    case TextKind::kFile:
      return DocumentKind::kFile;
    case TextKind::kAdded:
      return DocumentKind::kAddedLines;
    case TextKind::kRemoved:
      break;
  }
  return DocumentKind::kRemovedLines;
}

/// Adds the time that its scope takes to a sum.
class Timed {
 public:
  explicit Timed(double& seconds) : seconds_(seconds) {}
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;
  ~Timed() {
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  }

 private:
  double& seconds_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::ranges::find(list, text) != list.end();
}

void add(const TextsLeftOut& part, TextsLeftOut& sum) {
  sum.secret += part.secret;
  sum.ignored += part.ignored;
  sum.generated += part.generated;
  sum.too_large += part.too_large;
  sum.binary += part.binary;
  sum.others += part.others;
  sum.blank += part.blank;
  sum.duplicate += part.duplicate;
}

}  // namespace

Result<HistoryReport> HistoryUpdate::run(bool is_damaged) {
  if (const auto loaded = load_state(is_damaged); !loaded) return tl::unexpected(loaded.error());
  while (!stop_.stop_requested()) {
    if (std::exchange(has_outgrown_, false)) {
      if (const auto cleared = clear(); !cleared) return tl::unexpected(cleared.error());
    }
    if (!state_.reading) {
      auto newest = head();
      if (!newest) return tl::unexpected(newest.error());
      if (newest->empty() || contains(state_.known, *newest)) break;
      state_.reading.emplace().head = std::move(*newest);
    }
    if (const auto read_on = read(); !read_on) return tl::unexpected(read_on.error());
  }
  report_.end =
      stop_.stop_requested() ? HistoryReport::End::kStopped : HistoryReport::End::kUpToDate;
  report_.is_complete = state_.is_complete;
  return report_;
}

Result<void> HistoryUpdate::load_state(bool is_damaged) {
  auto stored = read_state(subject_.folder, subject_.state_name);
  if (!stored) return tl::unexpected(stored.error());
  if (stored->state) {
    const auto has_lost = has_lost_segments(*stored->state, is_damaged);
    if (!has_lost) return tl::unexpected(has_lost.error());
    if (*has_lost) return clear();
    state_ = std::move(*stored->state);
    const std::size_t budget = subject_.options.most_tokens;
    has_outgrown_ = tokens() > budget + budget / 2;
    return {};
  }
  // Without a state nobody knows what the segments are of.
  return !stored->is_damaged && subject_.index.names().empty() ? Result<void>() : clear();
}

Result<bool> HistoryUpdate::has_lost_segments(const HistoryState& state, bool is_damaged) const {
  const std::vector<std::string> present = subject_.index.names();
  const bool has_others = std::ranges::any_of(
      present, [&](const std::string& name) { return !contains(state.segments, name); });
  bool has_lost = false;
  for (const std::string& name : state.segments) {
    if (contains(present, name)) continue;
    const auto file = subject_.folder.open_file(name);
    if (!file) return tl::unexpected(file.error());
    if (*file) return failure("The history segment \"" + name + "\" cannot be opened now.");
    has_lost = true;
  }
  // What was merged when a process was killed is in another segment now.
  return is_damaged || (has_lost && !has_others);
}

Result<void> HistoryUpdate::clear() {
  report_.was_rebuilt = true;
  state_ = {};
  subject_.folder.remove(subject_.state_name);
  return subject_.index.clear();
}

/// The commit that the index is to be of; empty if there is none.
Result<std::string> HistoryUpdate::head() const {
  if (!subject_.options.revision.empty()) return subject_.options.revision;
  const auto repository = Repository::open(subject_.repository, Repository::Search::kHereAndAbove);
  if (!repository) return tl::unexpected(repository.error());
  return repository->head();
}

TextRequest HistoryUpdate::request_of(const HistoryReading& reading) const {
  TextRequest request;
  request.head = reading.head;
  request.files = !reading.has_all_files;
  request.files_behind = reading.files_behind;
  if (reading.has_all_files) request.from = reading.waiting;
  request.known = state_.known;
  request.limits = subject_.options.limits;
  request.checkpoint_bytes = subject_.options.segment_bytes;
  if (!subject_.options.has_changes) request.limits.most_commits = 0;
  return request;
}

Result<void> HistoryUpdate::read() {
  if (state_.reading->has_all_files && state_.reading->waiting.empty()) {
    end_reading();  // It came to its end right before a stop.
    return flush();
  }
  std::stop_source reading_stop;
  const std::stop_callback stop_too(stop_, [&] { reading_stop.request_stop(); });
  reading_stop_ = reading_stop;
  are_files_cut_ = false;
  TextRequest request = request_of(*state_.reading);
  double elsewhere = 0;  // Seconds within what the reading calls.
  request.at_checkpoint = [&](const ReadTexts& so_far) {
    const Timed timed(elsewhere);
    reach(so_far);
  };
  extent_ = tell_ ? extent_of(subject_.repository, request, stop_) : TextExtent();
  files_seen_ = 0;
  commits_seen_ = 0;

  double all = 0;
  const auto read = [&] {
    const Timed timed(all);
    return read_texts(
        subject_.repository, request,
        [&](const RepositoryText& text) {
          const Timed timed_elsewhere(elsewhere);
          take(text);
        },
        reading_stop.get_token());
  }();
  report_.read_seconds += all - elsewhere;
  if (error_) return tl::unexpected(*error_);
  if (!read) return begin_anew_behind(read.error());
  add_up(*read);
  if (stop_.stop_requested()) {
    documents_.clear();  // They come again: nobody shall wait for them now.
    pending_tokens_ = 0;
    return {};
  }
  state_.is_complete &= subject_.options.has_changes ? read->is_complete() : read->has_all_files;
  if (are_files_cut_) {
    state_.reading->has_all_files = true;
    state_.reading->waiting = {state_.reading->head};
  } else {
    end_reading();
  }
  return flush();
}

/// Where a reading cannot go on because its commit is no more, all is read anew from HEAD.
Result<void> HistoryUpdate::begin_anew_behind(const Error& error) {
  const auto newest = head();
  if (!newest || newest->empty() || *newest == state_.reading->head) return tl::unexpected(error);
  return clear();
}

void HistoryUpdate::end_reading() {
  std::vector<std::string>& known = state_.known;
  known.insert(known.begin(), state_.reading->head);
  if (known.size() > kMostKnown) known.resize(kMostKnown);
  state_.reading.reset();
}

void HistoryUpdate::take(const RepositoryText& text) {
  if (reading_stop_.stop_requested()) return;
  tell(text);
  Document document{{}, text.path, text.time, language_number(text.language), kind_of(text.kind)};
  {
    const Timed timed(report_.tokenize_seconds);
    // Behind the line before, which is what a context will end with.
    document.tokens = subject_.tokenizer.encode(text.line_before + text.text);
  }
  const bool is_file = text.kind == TextKind::kFile;
  if (document.tokens.size() > 1) {  // Else nothing follows anything.
    const std::size_t sum = tokens() + pending_tokens_ + document.tokens.size();
    are_files_cut_ = is_file && subject_.options.has_changes && sum > most_tokens_of_files();
    if (are_files_cut_ || sum > most_tokens()) {
      has_outgrown_ |= !are_files_cut_ && !state_.known.empty();
      reading_stop_.request_stop();
      return;
    }
    pending_tokens_ += document.tokens.size();
    documents_.push_back(std::move(document));
  }
  // A path that is no UTF-8 cannot stand in the state.
  if (is_file && well_formed_utf8_prefix(text.path) == text.path.size()) {
    state_.reading->files_behind = text.path;
  }
  if (pending_tokens_ >= kMostPendingTokens) keep_what_is_pending();
}

void HistoryUpdate::reach(const ReadTexts& so_far) {
  if (so_far.has_all_files) {
    state_.reading->has_all_files = true;
    state_.reading->waiting = so_far.waiting;
  }
  keep_what_is_pending();
}

void HistoryUpdate::keep_what_is_pending() {
  if (stop_.stop_requested()) return;
  const auto kept = flush();
  told_ = {};  // A segment is something to tell of.
  if (kept) return;
  error_ = kept.error();
  reading_stop_.request_stop();
}

/// Makes a segment of what is pending, and puts down how far the reading is.
Result<void> HistoryUpdate::flush() {
  const Timed timed(report_.index_seconds);
  if (!documents_.empty()) {
    std::vector<HistoryDocument> documents;
    for (const Document& document : documents_) {
      documents.push_back(
          {document.tokens, document.path, document.commit_time, document.language, document.kind});
    }
    const auto added = subject_.index.add(documents, stop_);
    if (!added) return added;
    documents_.clear();
    pending_tokens_ = 0;
  }
  state_.segments = subject_.index.names();
  return write_state(subject_.folder, subject_.state_name, state_);
}

void HistoryUpdate::add_up(const ReadTexts& read) {
  ReadTexts& sum = report_.read;
  sum.end = read.end;
  sum.head = read.head;
  sum.waiting = read.waiting;
  sum.has_all_files = read.has_all_files;
  sum.files += read.files;
  sum.added += read.added;
  sum.removed += read.removed;
  sum.bytes += read.bytes;
  sum.commits += read.commits;
  sum.merges += read.merges;
  add(read.left_out, sum.left_out);
  sum.unreadable += read.unreadable;
  sum.is_shallow = read.is_shallow;
}

void HistoryUpdate::tell(const RepositoryText& text) {
  const bool is_file = text.kind == TextKind::kFile;
  if (is_file) ++files_seen_;
  if (!is_file && commit_ != text.commit) {
    files_seen_ = extent_.files;
    ++commits_seen_;
    commit_ = text.commit;
  }
  const auto now = Clock::now();
  if (!tell_ || now - told_ < kTellInterval) return;
  told_ = now;
  const auto share = [](std::size_t part, std::size_t whole) {
    return static_cast<std::uint32_t>(
        std::min<std::size_t>(100 * part / std::max<std::size_t>(whole, 1), 100));
  };
  // It ends with the repository or with the budget.
  const std::uint32_t percentage =
      std::max(share(files_seen_ + commits_seen_, extent_.files + extent_.commits),
               state_.known.empty() ? share(tokens() + pending_tokens_, most_tokens()) : 0);
  tell_({is_file ? "Indexing files" : "Indexing commits", percentage});
}

std::size_t HistoryUpdate::tokens() const {
  std::size_t tokens = 0;
  for (const auto& segment : subject_.index.segments()) tokens += segment->token_count();
  return tokens;
}

/// A repository of many files shall have a history, too.
std::size_t HistoryUpdate::most_tokens_of_files() const { return most_tokens() / 4 * 3; }

std::size_t HistoryUpdate::most_tokens() const {
  const std::size_t budget = subject_.options.most_tokens;
  return state_.known.empty() ? budget : budget + budget / 2;
}

}  // namespace nextline::lsp
