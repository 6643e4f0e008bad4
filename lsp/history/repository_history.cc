#include "lsp/history/repository_history.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "engine/disk/hash.h"
#include "engine/disk/replacement_file.h"
#include "lsp/history/history_state.h"
#include "lsp/history/history_update.h"
#include "lsp/history/update_lock.h"
#include "lsp/workspace/repository.h"

namespace nextline::lsp {
namespace {

using std::chrono::hours;

constexpr hours kKeptUnused{30 * 24};
constexpr hours kBetweenTouches{24};

std::string digits(std::uint64_t number) {
  char text[17];
  std::snprintf(text, sizeof(text), "%016llx", static_cast<unsigned long long>(number));
  return text;
}

std::string version_ending() { return ".v" + std::to_string(kSegmentFormatVersion); }

std::string state_name_of(const Tokenizer& tokenizer) {
  return digits(tokenizer.fingerprint()) + version_ending() + ".state";
}

/// Where the index of a repository lies, by what tells it from others.
std::string folder_name_of(const Repository& repository, const HistoryOptions& options) {
  std::string identity = repository.common_folder().string();
  if (!options.has_changes || !options.revision.empty()) {
    identity += std::string("\n") + (options.has_changes ? "all" : "files") + options.revision;
  }
  const Hash128 hash = hash_128(std::as_bytes(std::span(identity)));
  return digits(hash.high) + digits(hash.low);
}

/// The tokeniser and the format that a file of an index belongs to, from its name: segments are
/// called TOKENISER-NUMBER.vN.segment, states TOKENISER.vN.state. Empty for other files.
std::string owner_of(std::string_view name) {
  constexpr std::size_t kDigits = 16;
  const std::size_t version = name.find(".v");
  const std::size_t end = version == std::string_view::npos ? version : name.find('.', version + 1);
  const bool is_of_index =
      end != std::string_view::npos && version >= kDigits &&
      name.substr(0, kDigits).find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (!is_of_index) return {};
  return std::string(name.substr(0, kDigits)) += name.substr(version, end - version);
}

hours age_of(const timespec& modified) {
  return std::chrono::duration_cast<hours>(
      std::chrono::seconds(std::time(nullptr) - modified.tv_sec));
}

/// Removes what other tokenisers, and other versions of the format, have left long ago.
void remove_unused(const PrivateFolder& folder, const std::string& own) {
  const auto files = folder.entries();
  if (!files) return;
  std::map<std::string, hours> ages;  // Of each owner's newest file.
  for (const PrivateFolder::Entry& file : *files) {
    const hours age = age_of(file.modified);
    const auto known = ages.try_emplace(owner_of(file.name), age).first;
    known->second = std::min(known->second, age);
  }
  for (const PrivateFolder::Entry& file : *files) {
    const std::string owner = owner_of(file.name);
    if (!owner.empty() && owner != own && ages.at(owner) > kKeptUnused) folder.remove(file.name);
  }
}

/// Lets the state's time say that the index is used.
void touch(const PrivateFolder& folder, const std::string& state_name) {
  struct stat status {};
  const bool is_there =
      ::fstatat(folder.descriptor(), state_name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
  if (is_there && age_of(status.st_mtim) >= kBetweenTouches) {
    ::utimensat(folder.descriptor(), state_name.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
  }
}

}  // namespace

Result<std::unique_ptr<RepositoryHistory>> RepositoryHistory::open(
    const std::filesystem::path& place, const Tokenizer& tokenizer, const HistoryOptions& options) {
  std::error_code ignored;
  const std::filesystem::path folder =
      std::filesystem::is_directory(place, ignored) ? place : place.parent_path();
  const auto repository = Repository::open(folder, Repository::Search::kHereAndAbove);
  if (!repository) return tl::unexpected(repository.error());
  return std::unique_ptr<RepositoryHistory>(new RepositoryHistory(
      repository->root(), options.folder / folder_name_of(*repository, options), tokenizer,
      options));
}

RepositoryHistory::RepositoryHistory(std::filesystem::path repository, std::filesystem::path folder,
                                     const Tokenizer& tokenizer, HistoryOptions options)
    : repository_(std::move(repository)),
      folder_(std::move(folder)),
      tokenizer_(tokenizer),
      options_(std::move(options)),
      state_name_(state_name_of(tokenizer)),
      index_({.folder = folder_,
              .tokenizer = {tokenizer.fingerprint(),
                            static_cast<std::uint32_t>(tokenizer.vocabulary_size())},
              .report = [this](const Error& error, bool was_removed) {
                is_damaged_ |= was_removed;
                spdlog::warn("{}", error.message);
              }}) {}

Result<HistoryReport> RepositoryHistory::update(const TellProgress& tell,
                                                const std::stop_token& stop) {
  const auto folder = PrivateFolder::create(folder_);
  if (!folder) return tl::unexpected(folder.error());
  const auto lock = UpdateLock::try_to_take(*folder);
  if (!lock) return tl::unexpected(lock.error());
  if (const auto refreshed = index_.refresh(); !refreshed) {
    return tl::unexpected(refreshed.error());
  }
  Result<HistoryReport> report;
  if (*lock) {
    ReplacementFile::remove_abandoned(*folder);
    remove_unused(*folder, owner_of(state_name_));
    report =
        HistoryUpdate({repository_, options_, tokenizer_, index_, *folder, state_name_}, tell, stop)
            .run(std::exchange(is_damaged_, false));
    touch(*folder, state_name_);
  } else {
    report->end = HistoryReport::End::kBusy;
  }
  if (report) describe(*report);
  return report;
}

Result<bool> RepositoryHistory::add(std::span<const HistoryDocument> documents,
                                    const std::stop_token& stop) {
  const auto folder = PrivateFolder::open(folder_);
  if (!folder) return tl::unexpected(folder.error());
  if (!*folder) return false;
  const auto lock = UpdateLock::try_to_take(**folder);
  if (!lock) return tl::unexpected(lock.error());
  if (!*lock) return false;
  const auto stored = read_state(**folder, state_name_);
  if (!stored) return tl::unexpected(stored.error());
  if (!stored->state) return false;
  if (const auto refreshed = index_.refresh(); !refreshed) {
    return tl::unexpected(refreshed.error());
  }
  const std::vector<std::string> present = index_.names();
  const bool is_whole = std::ranges::all_of(stored->state->segments, [&](const std::string& name) {
    return std::ranges::find(present, name) != present.end();
  });
  if (!is_whole || is_damaged_) return false;
  if (const auto added = index_.add(documents, stop); !added) return tl::unexpected(added.error());
  HistoryState changed = *stored->state;
  changed.segments = index_.names();
  const auto written = write_state(**folder, state_name_, changed);
  if (!written) return tl::unexpected(written.error());
  return true;
}

void RepositoryHistory::describe(HistoryReport& report) const {
  report.folder = folder_;
  for (const auto& segment : index_.segments()) {
    ++report.segments;
    report.documents += segment->document_count();
    report.tokens += segment->token_count();
    report.bytes += segment->bytes();
  }
}

}  // namespace nextline::lsp
