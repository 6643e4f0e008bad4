#include "engine/speculate/history_index.h"

#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <set>
#include <utility>

#include "engine/disk/mapped_file.h"
#include "engine/speculate/segment_writer.h"

namespace nextline {
namespace {

/// Files of other versions of the format have other names, and belong to another Nextline.
std::string ending() { return ".v" + std::to_string(kSegmentFormatVersion) + ".segment"; }

std::string digits(std::uint64_t number) {
  char text[17];
  std::snprintf(text, sizeof(text), "%016llx", static_cast<unsigned long long>(number));
  return text;
}

/// False where another process has the lock, or another index of this one.
bool try_lock(const PrivateFolder& folder) {
  while (::flock(folder.descriptor(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

}  // namespace

HistoryIndex::Segments HistoryIndex::segments() const {
  const std::lock_guard lock(mutex_);
  Segments segments;
  for (const NamedSegment& named : segments_) segments.push_back(named.segment);
  return segments;
}

std::vector<std::string> HistoryIndex::names() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const NamedSegment& named : segments_) names.push_back(named.name);
  return names;
}

Result<void> HistoryIndex::refresh() {
  const auto folder = PrivateFolder::open(options_.folder);
  if (!folder) return tl::unexpected(folder.error());
  if (*folder) return refresh(**folder);
  const std::lock_guard lock(mutex_);
  segments_.clear();
  return {};
}

Result<void> HistoryIndex::add(std::span<const HistoryDocument> documents,
                               const std::stop_token& stop) {
  const auto folder = PrivateFolder::create(options_.folder);
  if (!folder) return tl::unexpected(folder.error());
  const auto written =
      write_segment({*folder, new_name(), options_.calls}, options_.tokenizer, documents);
  if (!written) return written;
  // Another process may have merged it already.
  if (const auto refreshed = refresh(*folder); !refreshed) return refreshed;
  if (segments_.size() <= options_.most_segments) return {};
  const auto merged = merge_some(*folder, stop);
  return stop.stop_requested() ? Result<void>() : merged;
}

Result<void> HistoryIndex::clear() {
  const auto folder = PrivateFolder::open(options_.folder);
  if (!folder) return tl::unexpected(folder.error());
  if (*folder) {
    const auto files = own_files(**folder);
    if (!files) return tl::unexpected(files.error());
    for (const PrivateFolder::Entry& file : *files) (*folder)->remove(file.name);
  }
  return refresh();
}

/// A name that no process has used.
std::string HistoryIndex::new_name() const {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof(number), 0) != sizeof(number)) {
    number = static_cast<std::uint64_t>(std::time(nullptr)) << 32 |
             static_cast<std::uint64_t>(::getpid());
  }
  return digits(options_.tokenizer.fingerprint) + '-' + digits(number) + ending();
}

/// The folder's segments of this tokeniser, by name.
Result<std::vector<PrivateFolder::Entry>> HistoryIndex::own_files(
    const PrivateFolder& folder) const {
  auto files = folder.entries();
  if (!files) return files;
  std::erase_if(*files, [&](const PrivateFolder::Entry& file) {
    return !file.name.starts_with(digits(options_.tokenizer.fingerprint)) ||
           !file.name.ends_with(ending());
  });
  std::ranges::sort(*files, {}, &PrivateFolder::Entry::name);
  return files;
}

/// The segment, or nothing where it is gone or, which is reported, cannot be used.
std::shared_ptr<const HistorySegment> HistoryIndex::open(const PrivateFolder& folder,
                                                         const PrivateFolder::Entry& entry) const {
  const auto report = [&](const Error& error, bool was_removed) {
    if (options_.report) options_.report(error, was_removed);
    return nullptr;
  };
  const std::string path = (folder.path() / entry.name).string();
  auto file = folder.open_file(entry.name);
  if (!file) return report(file.error(), false);
  if (!*file) return nullptr;
  auto mapped = MappedFile::map((*file)->descriptor, (*file)->size, segment_subject(path));
  if (!mapped) return report(mapped.error(), false);
  auto segment = HistorySegment::of(std::move(*mapped), path, options_.tokenizer);
  if (!segment) {
    folder.remove_unchanged(entry);
    return report(segment.error(), true);
  }
  return std::make_shared<const HistorySegment>(std::move(*segment));
}

Result<void> HistoryIndex::refresh(const PrivateFolder& folder) {
  std::vector<NamedSegment> present = segments_;
  std::set<std::string> tried;  // What cannot be used is reported once.
  const auto names_of = [](std::span<const PrivateFolder::Entry> files) {
    std::vector<std::string> names;
    for (const PrivateFolder::Entry& file : files) names.push_back(file.name);
    return names;
  };
  // A list that is read while another process merges may lack both what was merged, if it is gone
  // already, and the merged segment, if it came too late. Then the next list has the latter, so it
  // is another one. So two lists that are the same lack nothing.
  constexpr int kMostLists = 16;
  std::vector<std::string> names;
  for (int lists = 0; lists < kMostLists; ++lists) {
    const auto files = own_files(folder);
    if (!files) return tl::unexpected(files.error());
    const std::vector<std::string> before = std::exchange(names, names_of(*files));
    if (lists > 0 && names == before) break;
    std::erase_if(present, [&](const NamedSegment& named) {
      return !std::ranges::binary_search(names, named.name);
    });
    for (const PrivateFolder::Entry& file : *files) {
      if (std::ranges::find(present, file.name, &NamedSegment::name) != present.end()) continue;
      if (!tried.insert(file.name).second) continue;
      if (auto segment = open(folder, file)) present.push_back({file.name, std::move(segment)});
    }
  }
  const std::lock_guard lock(mutex_);
  segments_ = std::move(present);
  return {};
}

Result<void> HistoryIndex::merge_some(const PrivateFolder& folder, const std::stop_token& stop) {
  if (!try_lock(folder)) return {};  // Somebody merges already. The lock ends with the folder.
  if (const auto refreshed = refresh(folder); !refreshed) return refreshed;
  while (segments_.size() > options_.most_segments && !stop.stop_requested()) {
    // The smallest ones, and each that is not much larger than those before it together.
    std::vector<NamedSegment> chosen = segments_;
    std::ranges::sort(chosen, {}, [](const NamedSegment& named) { return named.segment->bytes(); });
    std::uint64_t bytes = 0;
    std::size_t count = 0;
    while (count < chosen.size() && (count < 2 || chosen[count].segment->bytes() <= 2 * bytes)) {
      bytes += chosen[count++].segment->bytes();
    }
    chosen.resize(count);
    if (const auto merged = merge(folder, chosen, stop); !merged) return merged;
  }
  return {};
}

Result<void> HistoryIndex::merge(const PrivateFolder& folder, std::span<const NamedSegment> chosen,
                                 const std::stop_token& stop) {
  std::vector<const HistorySegment*> merged;
  for (const NamedSegment& named : chosen) merged.push_back(named.segment.get());
  const std::string name = new_name();
  const auto written =
      merge_segments({folder, name, options_.calls}, options_.tokenizer, merged, stop);
  if (!written) return written;
  auto opened = HistorySegment::open(folder, name, options_.tokenizer);
  if (!opened) return tl::unexpected(opened.error());
  for (const NamedSegment& named : chosen) folder.remove(named.name);

  const std::lock_guard lock(mutex_);
  std::erase_if(segments_, [&](const NamedSegment& named) {
    return std::ranges::find(chosen, named.name, &NamedSegment::name) != chosen.end();
  });
  segments_.push_back({name, std::make_shared<const HistorySegment>(std::move(*opened))});
  return {};
}

}  // namespace nextline
