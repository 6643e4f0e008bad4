#include "lsp/context/context_keeper.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <new>
#include <utility>

#include "lsp/context/definition_text.h"
#include "lsp/idle_priority.h"
#include "lsp/workspace/file_language.h"

namespace nextline::lsp {
namespace {

namespace fs = std::filesystem;

/// Reading goes on for so long before the thread looks at what was said meanwhile.
constexpr std::chrono::milliseconds kAtOnce{10};

/// A folder is not read for more than this share of the time, as a divisor.
constexpr int kShare = 10;

/// So many bytes of code take a token, at most: where it proves to be less, fewer are chosen.
constexpr std::size_t kMostBytesPerToken = 4;

/// The document's own path in a comment; empty if it cannot be shown in one line.
std::string own_heading(const std::string& path) {
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
  if (std::ranges::any_of(path, is_control)) return {};
  return std::string(comment_mark(language_of(path))) + path + "\n";
}

}  // namespace

ContextKeeper::ContextKeeper(ContextKeeperOptions options)
    : options_(std::move(options)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

ContextKeeper::~ContextKeeper() {
  thread_.request_stop();
  end_idle_work(thread_);
}

void ContextKeeper::set_folders(std::vector<fs::path> folders) {
  {
    const std::lock_guard lock(mutex_);
    named_ = std::move(folders);
    ++said_;
  }
  changed_.notify_all();
}

void ContextKeeper::files_changed(std::vector<fs::path> paths) {
  {
    const std::lock_guard lock(mutex_);
    std::ranges::move(paths, std::back_inserter(outdated_));
    ++said_;
  }
  changed_.notify_all();
}

void ContextKeeper::open(const fs::path& file, std::shared_ptr<const std::string> text) {
  tell(file, {}, [&](News& news) {
    news.text = std::move(text);
    news.is_closed = false;
  });
}

void ContextKeeper::change(const fs::path& file, std::shared_ptr<const std::string> text) {
  tell(file, options_.intervals.after_key, [&](News& news) { news.text = std::move(text); });
}

void ContextKeeper::close(const fs::path& file) {
  tell(file, {}, [](News& news) { news.is_closed = true; });
}

void ContextKeeper::choose(const fs::path& file, std::size_t cursor, std::size_t most_size) {
  tell(file, {}, [&](News& news) { news.wish = Wish{cursor, most_size}; });
}

void ContextKeeper::tell(const fs::path& file, std::chrono::milliseconds delay,
                         const std::function<void(News&)>& say) {
  {
    const std::lock_guard lock(mutex_);
    if (has_given_up_) return;
    News& news = news_[file.string()];
    say(news);
    news.due = Clock::now() + delay;
    ++said_;
  }
  changed_.notify_all();
}

std::shared_ptr<const DocumentContext> ContextKeeper::context_of(const fs::path& file) const {
  const std::lock_guard lock(mutex_);
  const auto found = contexts_.find(file.string());
  return found == contexts_.end() ? nullptr : found->second;
}

bool ContextKeeper::finish(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const std::uint64_t asked = ++asked_;
  ++said_;
  changed_.notify_all();
  return changed_.wait(lock, stop, [&] { return finished_ >= asked || has_given_up_; });
}

void ContextKeeper::run(const std::stop_token& stop) {
  if (options_.is_idle_work) become_idle_work();
  bool has_worked = false;
  while (!stop.stop_requested()) {
    const std::uint64_t asked = wait(stop);
    try {
      has_worked |= do_some(asked > 0, stop);
      if (has_worked && is_at_rest()) {
        has_worked = false;
        if (options_.on_rest) options_.on_rest();
      }
    } catch (const std::bad_alloc&) {
      return give_up();
    }
    if (asked == 0 || to_read(true) != nullptr) continue;
    const std::lock_guard lock(mutex_);
    finished_ = asked;
    changed_.notify_all();
  }
}

void ContextKeeper::give_up() {
  spdlog::warn(
      "There is not enough memory for the index of the workspace: what other files define "
      "is shown no more.");
  const std::lock_guard lock(mutex_);
  has_given_up_ = true;
  news_.clear();
  changed_.notify_all();
}

std::uint64_t ContextKeeper::wait(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (asked_ == finished_) {
    changed_.wait_until(lock, stop, next_due(), [this] { return said_ != heard_; });
  }
  heard_ = said_;
  return asked_ > finished_ ? asked_ : 0;
}

ContextKeeper::Clock::time_point ContextKeeper::next_due() const {
  constexpr std::chrono::hours kLong{24};
  Clock::time_point next = Clock::now() + kLong;
  for (const auto& folder : folders_.all()) {
    if (folder->is_being_read) return Clock::now();
    next = std::min(next, folder->due);
  }
  for (const auto& [file, news] : news_) next = std::min(next, news.due);
  return next;
}

bool ContextKeeper::do_some(bool is_hurried, const std::stop_token& stop) {
  const bool has_news = take_news(is_hurried);
  IndexedFolder* const folder = to_read(is_hurried);
  if (folder) read_some(*folder, stop);
  choose_waiting(stop);
  return has_news || folder;
}

bool ContextKeeper::is_at_rest() const {
  const std::lock_guard lock(mutex_);
  return said_ == heard_ && next_due() > Clock::now();
}

bool ContextKeeper::take_news(bool is_hurried) {
  std::optional<std::vector<fs::path>> named;
  std::vector<fs::path> outdated;
  AllNews due;
  {
    const std::lock_guard lock(mutex_);
    named.swap(named_);
    outdated.swap(outdated_);
    const auto now = Clock::now();
    for (auto news = news_.begin(); news != news_.end();) {
      const auto next = std::next(news);
      if (is_hurried || news->second.due <= now) due.insert(news_.extract(news));
      news = next;
    }
  }
  if (named) {
    folders_.name(*named);
    for (auto& [file, document] : documents_) put_in_place(file, document);
  }
  for (auto& [file, news] : due) take(file, std::move(news));
  for (const fs::path& path : outdated) {
    if (IndexedFolder* const folder = folders_.known_around(path)) mark_outdated(*folder);
  }
  return named || !due.empty() || !outdated.empty();
}

void ContextKeeper::take(const std::string& file, News news) {
  const auto known = documents_.find(file);
  if (news.is_closed) {
    if (known == documents_.end()) return;
    leave_place(known->second);
    documents_.erase(known);
    const std::lock_guard lock(mutex_);
    contexts_.erase(file);
    return;
  }
  const bool is_new = known == documents_.end();
  if (is_new && !news.text) return;
  Document& document = is_new ? documents_[file] : known->second;
  if (news.text) {
    document.text = std::move(news.text);
    if (is_new) {
      put_in_place(file, document);
    } else if (document.place.folder) {
      document.place.folder->reader.set_text(document.place.path, document.text);
    }
  }
  if (!news.wish) return;
  if (document.wish && document.wish->most_size != news.wish->most_size) document.most_bytes = 0;
  document.wish = news.wish;
  document.is_waiting = true;
}

void ContextKeeper::put_in_place(const std::string& file, Document& document) {
  WorkspaceFolders::Place place = folders_.place_of(file);
  if (place == document.place) return;
  leave_place(document);
  document.place = std::move(place);
  document.is_waiting = document.wish.has_value();
  if (!document.place.folder) return;
  document.place.folder->reader.set_text(document.place.path, document.text);
  document.chooser = std::make_unique<ContextChooser>(document.place.folder->index);
}

void ContextKeeper::leave_place(Document& document) {
  document.chooser.reset();
  document.most_bytes = 0;
  const WorkspaceFolders::Place left = std::exchange(document.place, {});
  if (!left.folder) return;
  left.folder->reader.set_text(left.path, nullptr);
  mark_outdated(*left.folder);
}

void ContextKeeper::mark_outdated(IndexedFolder& folder) const {
  folder.is_outdated = true;
  const auto soon = std::max(Clock::now() + options_.intervals.after_change,
                             folder.read + (kShare - 1) * folder.took);
  folder.due = std::min(folder.due, soon);
}

IndexedFolder* ContextKeeper::to_read(bool is_hurried) const {
  const auto now = Clock::now();
  IndexedFolder* next = nullptr;
  for (const auto& folder : folders_.all()) {
    if (folder->is_being_read) return folder.get();
    if (folder->due > now && !(is_hurried && folder->is_outdated)) continue;
    // Of several, one in which a document is open: somebody may be waiting for it.
    if (next == nullptr || folder.use_count() > 1) next = folder.get();
  }
  return next;
}

void ContextKeeper::read_some(IndexedFolder& folder, const std::stop_token& stop) {
  const auto begin = Clock::now();
  if (!folder.is_being_read) {
    folder.is_being_read = true;
    folder.is_outdated = false;
    folder.took = {};
  }
  bool goes_on = true;
  while (goes_on && !stop.stop_requested() && Clock::now() - begin < kAtOnce) {
    goes_on = folder.reader.step();
  }
  folder.took += Clock::now() - begin;
  if (!goes_on) end_reading(folder);
}

void ContextKeeper::end_reading(IndexedFolder& folder) {
  folder.is_being_read = false;
  folder.has_been_read = true;
  folder.read = Clock::now();
  folder.due = folder.read + options_.intervals.between_readings;
  if (folder.is_outdated) mark_outdated(folder);
  for (auto& [file, document] : documents_) {
    if (document.place.folder.get() != &folder) continue;
    const bool is_behind = document.seen_changes != folder.reader.changes();
    document.is_waiting |= document.wish.has_value() && is_behind;
  }
}

void ContextKeeper::choose_waiting(const std::stop_token& stop) {
  for (auto& [file, document] : documents_) {
    if (stop.stop_requested()) return;
    const IndexedFolder* const folder = document.place.folder.get();
    if (!document.is_waiting || (folder != nullptr && !folder->has_been_read)) continue;
    document.is_waiting = false;
    if (folder != nullptr) document.seen_changes = folder->reader.changes();
    publish(file, choice_for(document));
  }
}

DocumentContext ContextKeeper::choice_for(Document& document) const {
  if (!document.chooser) return {};
  const std::size_t most_size = document.wish->most_size;
  const ContextDocument shown{document.place.path, *document.text,
                              std::min(document.wish->cursor, document.text->size())};
  const std::string heading = own_heading(document.place.path);
  // What has proved to fit is kept, so that the choice does not flutter.
  if (document.most_bytes == 0) document.most_bytes = most_size * kMostBytesPerToken;
  while (true) {
    document.chooser->update(shown, document.most_bytes);
    const auto& snippets = document.chooser->snippets();
    if (snippets.empty()) return {};
    std::string text = context_text(snippets) + heading;
    const std::size_t size = options_.size_of(text);
    if (size <= most_size) return {snippets, std::move(text)};
    document.most_bytes = std::min(document.most_bytes - 1, document.most_bytes * most_size / size);
  }
}

void ContextKeeper::publish(const std::string& file, DocumentContext context) {
  if (const auto before = context_of(file); before && *before == context) return;
  auto published = std::make_shared<const DocumentContext>(std::move(context));
  {
    const std::lock_guard lock(mutex_);
    contexts_.insert_or_assign(file, std::move(published));
  }
  if (options_.on_choice) options_.on_choice();
}

}  // namespace nextline::lsp
