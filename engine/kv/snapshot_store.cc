#include "engine/kv/snapshot_store.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <tuple>

namespace nextline {
namespace {

constexpr std::string_view kEnding = ".snapshot";

}  // namespace

std::string SnapshotStore::file_name(const SnapshotKey& key) {
  // Numbers first and of fixed length, so that no two keys are written alike.
  const std::string numbers = std::to_string(key.model.low) + ' ' + std::to_string(key.model.high) +
                              ' ' + std::to_string(key.tokenizer_version) + ' ' +
                              std::to_string(key.layout_version) + ' ';
  const std::string text = numbers + key.document;
  const Hash128 hash = hash_128(std::as_bytes(std::span(text.data(), text.size())));
  char digits[33];
  std::snprintf(digits, sizeof(digits), "%016llx%016llx",
                static_cast<unsigned long long>(hash.high),
                static_cast<unsigned long long>(hash.low));
  return digits + std::string(kEnding);
}

Result<void> SnapshotStore::save(const Snapshot& snapshot) const {
  const auto encoded = encode(snapshot);
  if (!encoded) return tl::unexpected(encoded.error());
  const std::string subject = snapshot_subject(snapshot.key);
  if (encoded->size() > options_.budget_bytes) {
    return failure(subject + " was not saved: it takes " + std::to_string(encoded->size()) +
                   " bytes, and all snapshots together may take " +
                   std::to_string(options_.budget_bytes) + ".");
  }
  const auto folder = PrivateFolder::create(options_.folder);
  if (!folder) return tl::unexpected(folder.error());
  ReplacementFile::remove_abandoned(*folder);

  const std::string name = file_name(snapshot.key);
  auto file = ReplacementFile::create(*folder, options_.calls, name, subject);
  if (!file) return tl::unexpected(file.error());
  auto written = file->write(encoded->header);
  for (const auto& section : encoded->sections) {
    if (written) written = file->write(section);
  }
  if (written) written = file->put_in_place();
  if (written) keep_budget(*folder, name);
  return written;
}

Result<std::optional<Snapshot>> SnapshotStore::load(const SnapshotRequest& request) const {
  const auto folder = PrivateFolder::open(options_.folder);
  if (!folder) return tl::unexpected(folder.error());
  if (!*folder) return std::nullopt;
  auto file = (*folder)->open_file(file_name(request.key));
  if (!file) return tl::unexpected(file.error());
  if (!*file) return std::nullopt;

  FileSource source(std::move((*file)->descriptor), (*file)->size);
  auto snapshot = decode(source, request);
  if (!snapshot) return tl::unexpected(snapshot.error());
  // Used now. Where the time cannot be set, the file goes earlier than it need.
  ::futimens(source.file().get(), nullptr);
  return std::move(*snapshot);
}

void SnapshotStore::keep_budget(const PrivateFolder& folder, const std::string& newest) const {
  auto listed = folder.entries();
  if (!listed) return;  // The next save looks again.
  std::vector<PrivateFolder::Entry>& files = *listed;
  std::erase_if(files, [](const auto& file) { return !file.name.ends_with(kEnding); });
  std::uint64_t total = 0;
  for (const auto& file : files) total += file.size;
  std::ranges::sort(files, {}, [](const PrivateFolder::Entry& file) {
    return std::tuple(file.modified.tv_sec, file.modified.tv_nsec, file.name);
  });
  for (const auto& file : files) {
    if (total <= options_.budget_bytes) return;
    // Another process may have removed it already, or used it just now.
    if (file.name != newest && folder.remove_unchanged(file)) total -= file.size;
  }
}

}  // namespace nextline
