#include "lsp/context/symbol_index.h"

#include <algorithm>
#include <span>
#include <utility>

#include "lsp/workspace/secrets.h"

namespace nextline::lsp {
namespace {

/// What tables take beside what is in them: of a file, its entries in four of them and its path a
/// second time; of a definition, its place, in a list that has room to grow. A name that nothing
/// else defines has a list of its own.
constexpr std::size_t kBytesPerFile = 320;
constexpr std::size_t kBytesPerDefinition = 64;

std::size_t memory_of(const IndexedFile& file) {
  return file.memory() + file.path().size() + kBytesPerFile +
         file.definitions().size() * kBytesPerDefinition;
}

std::uint64_t hash_of(std::string_view name) { return hash_64(std::as_bytes(std::span(name))); }

/// Drops what a table has of a file under a key.
template <typename Table, typename IsOfFile>
void drop(Table& table, std::uint64_t key, IsOfFile is_of_file) {
  const auto found = table.find(key);
  if (found == table.end()) return;
  std::erase_if(found->second, is_of_file);
  if (found->second.empty()) table.erase(found);
}

}  // namespace

bool SymbolIndex::update(const std::string& path, std::string_view text) {
  if (looks_like_secret(path)) return false;
  const Hash128 hash = hash_128(std::as_bytes(std::span(text)));
  {
    const std::lock_guard lock(mutex_);
    const auto known = files_.find(path);
    if (known != files_.end() && known->second.hash == hash) {
      touch(known->second);
      return false;
    }
  }
  auto file = std::make_shared<const IndexedFile>(path, text);
  const std::size_t needed = memory_of(*file);

  const std::lock_guard lock(mutex_);
  const auto known = files_.find(path);
  const bool was_known = known != files_.end();
  if (was_known) forget(known);
  if (needed > most_bytes_) return was_known;
  while (bytes_ + needed > most_bytes_) forget(files_.find(by_use_.begin()->second->path()));
  Record& record = files_[path];
  record.file = std::move(file);
  record.hash = hash;
  enter(record);
  return true;
}

void SymbolIndex::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto known = files_.find(path);
  if (known != files_.end()) forget(known);
}

void SymbolIndex::mark_used(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto known = files_.find(path);
  if (known != files_.end()) touch(known->second);
}

std::vector<IndexedDefinition> SymbolIndex::definitions_of(std::string_view name,
                                                           std::size_t most) const {
  const std::lock_guard lock(mutex_);
  const auto places = places_.find(hash_of(name));
  std::vector<IndexedDefinition> found;
  if (places == places_.end() || places->second.size() > most) return found;
  for (const Place& place : places->second) {
    // Names may share a hash.
    if (place.file->name(place.file->definitions()[place.number]) != name) continue;
    found.push_back({shared(place.file), place.number});
  }
  return found;
}

std::size_t SymbolIndex::file_count_of(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto places = places_.find(hash_of(name));
  if (places == places_.end()) return 0;
  // Those of one file were entered together, and stay so.
  std::size_t count = 0;
  const IndexedFile* last = nullptr;
  for (const Place& place : places->second) {
    count += place.file == last ? 0 : 1;
    last = place.file;
  }
  return count;
}

std::shared_ptr<const IndexedFile> SymbolIndex::file(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto known = files_.find(path);
  return known == files_.end() ? nullptr : known->second.file;
}

std::vector<std::shared_ptr<const IndexedFile>> SymbolIndex::files_called(std::string_view name,
                                                                          std::size_t most) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<const IndexedFile>> found;
  const auto called = called_.find(hash_of(name));
  if (called == called_.end()) return found;
  for (const IndexedFile* const file : called->second) {
    if (found.size() == most) break;
    if (file->stem() == name || file->folder_name() == name) found.push_back(shared(file));
  }
  return found;
}

std::vector<std::string> SymbolIndex::paths() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  all.reserve(files_.size());
  for (const auto& [path, record] : files_) all.push_back(path);
  return all;
}

std::size_t SymbolIndex::file_count() const {
  const std::lock_guard lock(mutex_);
  return files_.size();
}

std::size_t SymbolIndex::definition_count() const {
  const std::lock_guard lock(mutex_);
  return definitions_;
}

std::size_t SymbolIndex::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

bool SymbolIndex::has_room() const { return bytes() < most_bytes_ - most_bytes_ / 16; }

void SymbolIndex::enter(Record& record) {
  const IndexedFile& file = *record.file;
  for (std::size_t i = 0; i < file.definitions().size(); ++i) {
    places_[hash_of(file.name(file.definitions()[i]))].push_back(
        {&file, static_cast<std::uint32_t>(i)});
  }
  called_[hash_of(file.stem())].push_back(&file);
  if (file.folder_name() != file.stem()) called_[hash_of(file.folder_name())].push_back(&file);
  record.used = ++uses_;
  by_use_.emplace(record.used, &file);
  bytes_ += memory_of(file);
  definitions_ += file.definitions().size();
}

void SymbolIndex::forget(Records::iterator record) {
  const IndexedFile& file = *record->second.file;
  for (const FileDefinition& definition : file.definitions()) {
    drop(places_, hash_of(file.name(definition)),
         [&](const Place& place) { return place.file == &file; });
  }
  const auto is_this = [&](const IndexedFile* other) { return other == &file; };
  drop(called_, hash_of(file.stem()), is_this);
  drop(called_, hash_of(file.folder_name()), is_this);
  by_use_.erase(record->second.used);
  bytes_ -= memory_of(file);
  definitions_ -= file.definitions().size();
  files_.erase(record);
}

void SymbolIndex::touch(Record& record) {
  by_use_.erase(record.used);
  record.used = ++uses_;
  by_use_.emplace(record.used, record.file.get());
}

std::shared_ptr<const IndexedFile> SymbolIndex::shared(const IndexedFile* file) const {
  return files_.find(file->path())->second.file;
}

}  // namespace nextline::lsp
