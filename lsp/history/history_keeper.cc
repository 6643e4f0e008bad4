#include "lsp/history/history_keeper.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <ctime>
#include <new>
#include <span>
#include <system_error>
#include <utility>

#include "engine/disk/hash.h"
#include "engine/speculate/history_document.h"
#include "lsp/history/saved_lines.h"
#include "lsp/idle_priority.h"
#include "lsp/workspace/file_language.h"
#include "lsp/workspace/ignore_rules.h"
#include "lsp/workspace/repository.h"
#include "lsp/workspace/secrets.h"

namespace nextline::lsp {
namespace {

/// Without links; the folder it is in need not be there either.
std::filesystem::path without_links(const std::filesystem::path& file) {
  std::error_code error;
  std::filesystem::path path = std::filesystem::weakly_canonical(file, error);
  return error ? file.lexically_normal() : path;
}

/// A link may look harmless, or what it leads to.
bool may_hold_secrets(const std::filesystem::path& file) {
  return looks_like_secret(file) || looks_like_secret(without_links(file));
}

/// The nearest folder above a file that is there.
std::filesystem::path folder_of(const std::filesystem::path& file) {
  std::filesystem::path folder = file.parent_path();
  std::error_code ignored;
  while (folder.has_relative_path() && !std::filesystem::is_directory(folder, ignored)) {
    folder = folder.parent_path();
  }
  return folder;
}

std::uint64_t hash_of(std::string_view text) { return hash_64(std::as_bytes(std::span(text))); }

}  // namespace

HistoryKeeper::HistoryKeeper(const Tokenizer& tokenizer, HistoryOptions options, ShowHistory show,
                             std::function<void()> on_rest, HistoryIntervals intervals)
    : tokenizer_(tokenizer),
      options_(std::move(options)),
      show_(std::move(show)),
      on_rest_(std::move(on_rest)),
      intervals_(intervals),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

HistoryKeeper::~HistoryKeeper() {
  thread_.request_stop();
  end_idle_work(thread_);
}

void HistoryKeeper::open(const std::filesystem::path& file) {
  {
    const std::lock_guard lock(mutex_);
    opened_.push_back(file);
  }
  changed_.notify_all();
}

void HistoryKeeper::saved(const std::filesystem::path& file,
                          std::shared_ptr<const std::string> text) {
  {
    const std::lock_guard lock(mutex_);
    saves_.push_back({file, std::move(text)});
  }
  changed_.notify_all();
}

HistoryView HistoryKeeper::view(const std::filesystem::path& file) const {
  const auto place = place_of(file);
  if (!place) return {};
  return {place->repository->history->segments(), place->path};
}

void HistoryKeeper::finish() {
  std::unique_lock lock(mutex_);
  const std::uint64_t asked = ++asked_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return finished_ >= asked; });
}

void HistoryKeeper::run(const std::stop_token& stop) {
  become_idle_work();
  while (!stop.stop_requested()) {
    const std::uint64_t asked = wait(stop);
    try {
      do_what_is_due(asked > 0, stop);
      if (on_rest_) on_rest_();
    } catch (const std::bad_alloc&) {
      put_off();
    }
    if (asked > 0) {
      const std::lock_guard lock(mutex_);
      finished_ = asked;
      changed_.notify_all();
    }
  }
  try {
    take_saves();
    for (const auto& [folder, repository] : repositories_) add_saved(*repository, stop);
  } catch (const std::bad_alloc&) {
    put_off();
  }
}

std::uint64_t HistoryKeeper::wait(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto has_work = [this] {
    return !opened_.empty() || !saves_.empty() || asked_ > finished_;
  };
  const auto due = next_due();
  if (due) {
    changed_.wait_until(lock, stop, *due, has_work);
  } else {
    changed_.wait(lock, stop, has_work);
  }
  return asked_ > finished_ ? asked_ : 0;
}

void HistoryKeeper::do_what_is_due(bool is_asked, const std::stop_token& stop) {
  find_opened();
  take_saves();
  for (const auto& [folder, repository] : repositories_) {
    if (stop.stop_requested()) break;
    const bool is_due = repository->due <= Clock::now();
    const bool is_asked_for = is_asked && !repository->saved.empty();
    if (is_due || is_asked_for) look_at(*repository, stop);
  }
}

void HistoryKeeper::put_off() {
  spdlog::warn("There is not enough memory for the history of repositories; it is read later.");
  for (const auto& [folder, repository] : repositories_) {
    repository->due = std::max(repository->due, Clock::now() + intervals_.between_looks);
  }
}

std::optional<HistoryKeeper::Clock::time_point> HistoryKeeper::next_due() const {
  std::optional<Clock::time_point> next;
  for (const auto& [folder, repository] : repositories_) {
    if (!next || repository->due < *next) next = repository->due;
  }
  return next;
}

void HistoryKeeper::find_opened() {
  std::vector<std::filesystem::path> opened;
  {
    const std::lock_guard lock(mutex_);
    opened.swap(opened_);
  }
  for (const std::filesystem::path& file : opened) find(file);
}

void HistoryKeeper::take_saves() {
  std::vector<Save> saves;
  {
    const std::lock_guard lock(mutex_);
    saves.swap(saves_);
  }
  for (const Save& save : saves) take(save);
}

void HistoryKeeper::find(const std::filesystem::path& file) {
  if (may_hold_secrets(file)) return;
  const std::filesystem::path path = without_links(file);
  const auto repository = Repository::open(folder_of(path), Repository::Search::kHereAndAbove);
  if (!repository) return spdlog::debug("{}", repository.error().message);  // Mostly there is none.
  std::string place = repository->path_of(path);
  if (place.empty()) return;
  KnownRepository* const known = repository_of(repository->root());
  if (known == nullptr) return;
  const std::lock_guard lock(mutex_);
  places_.insert_or_assign(file.string(), FilePlace{known, std::move(place)});
}

/// The repository whose files lie in a folder; null if it cannot be indexed.
HistoryKeeper::KnownRepository* HistoryKeeper::repository_of(const std::filesystem::path& folder) {
  const auto found = repositories_.find(folder);
  if (found != repositories_.end()) return found->second.get();
  auto history = RepositoryHistory::open(folder, tokenizer_, options_);
  if (!history) {
    spdlog::warn("{}", history.error().message);
    return nullptr;
  }
  auto known = std::make_unique<KnownRepository>();
  known->history = std::move(*history);
  known->due = Clock::now();
  // What there is already is of use at once.
  if (const auto refreshed = known->history->refresh(); !refreshed) {
    log_once(*known, refreshed.error());
  }
  return repositories_.emplace(folder, std::move(known)).first->second.get();
}

std::optional<HistoryKeeper::FilePlace> HistoryKeeper::place_of(
    const std::filesystem::path& file) const {
  const std::lock_guard lock(mutex_);
  const auto place = places_.find(file.string());
  return place != places_.end() ? std::optional(place->second) : std::nullopt;
}

void HistoryKeeper::take(const Save& save) {
  if (!place_of(save.file)) find(save.file);  // It may be new.
  const auto place = place_of(save.file);
  if (!place || !options_.has_changes) return;
  const auto repository =
      Repository::open(place->repository->history->repository(), Repository::Search::kHere);
  if (!repository) return;
  if (IgnoreRules(*repository).of(place->path) != Permission::kReadable) return;

  KnownRepository& known = *place->repository;
  const std::size_t most_bytes = options_.limits.most_file_bytes;
  const auto earlier = texts_.find(save.file.string());
  const std::string at_head =
      earlier == texts_.end() ? repository->text_at_head(place->path, most_bytes) : std::string();
  const std::string_view before = earlier == texts_.end() ? at_head : *earlier->second;
  for (const std::string_view lines : saved_lines(place->path, before, *save.text, most_bytes)) {
    if (!lines_.insert(hash_of(place->path) ^ hash_of(lines)).second) continue;
    std::vector<TokenId> tokens = tokenizer_.encode(lines);
    if (tokens.size() < 2) continue;  // Nothing follows anything.
    known.saved.push_back({std::move(tokens), place->path, std::time(nullptr),
                           language_number(language_of(place->path))});
  }
  texts_.insert_or_assign(save.file.string(), save.text);
  known.due = std::min(known.due, std::max(Clock::now(), known.looked + intervals_.between_saves));
}

void HistoryKeeper::look_at(KnownRepository& repository, const std::stop_token& stop) {
  repository.looked = Clock::now();
  update(repository, stop);
  add_saved(repository, stop);
  repository.due = Clock::now() + intervals_.between_looks;
}

void HistoryKeeper::update(KnownRepository& repository, const std::stop_token& stop) {
  const Clock::time_point started = Clock::now();
  bool is_shown = false;
  const auto tell = [&](const WorkStatus& status) {
    find_opened();  // They need not wait for a large repository.
    if (!is_shown && Clock::now() - started < intervals_.unshown) return;
    is_shown = true;
    if (show_) show_(status);
  };
  const auto report = repository.history->update(tell, stop);
  if (is_shown && show_) show_({"Indexed", std::nullopt, true});
  if (!report) return log_once(repository, report.error());
  if (report->was_rebuilt) {
    spdlog::info("The index over the history of '{}' was damaged, or too large, and is made anew.",
                 repository.history->repository().string());
  }
  if (report->read.commits + report->read.files > 0) {
    spdlog::debug("The history of '{}' has {} tokens of {} documents.",
                  repository.history->repository().string(), report->tokens, report->documents);
  }
}

void HistoryKeeper::add_saved(KnownRepository& repository, const std::stop_token& stop) {
  if (repository.saved.empty()) return;
  std::vector<HistoryDocument> documents;
  for (const SavedLines& lines : repository.saved) {
    documents.push_back(
        {lines.tokens, lines.path, lines.time, lines.language, DocumentKind::kAddedLines});
  }
  const auto added = repository.history->add(documents, stop);
  if (!added) return log_once(repository, added.error());
  if (*added) repository.saved.clear();  // Else the next time.
}

void HistoryKeeper::log_once(KnownRepository& repository, const Error& error) {
  if (std::exchange(repository.last_error, error.message) == error.message) return;
  spdlog::warn("{}", error.message);
  if (!error.cause.empty()) spdlog::debug("{}", error.cause);
}

}  // namespace nextline::lsp
