#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/disk/file_descriptor.h"
#include "engine/error.h"

namespace nextline {

/// What an errno says, as the end of a sentence: "the disk is full".
std::string reason_of(int error);

/// A folder that only this user can enter, held open: what happens to the path meanwhile does not
/// matter. Names are those of files right in it; symbolic links and files of other owners are
/// never followed. Any number of threads may use one.
class PrivateFolder {
 public:
  /// Makes the folder (mode 0700) and those above it where they are missing. A folder of this user
  /// that others can enter is closed to them; one of another user and a symbolic link are refused.
  static Result<PrivateFolder> create(const std::filesystem::path& path);
  /// The folder, or nothing where there is none.
  static Result<std::optional<PrivateFolder>> open(const std::filesystem::path& path);

  struct File {
    FileDescriptor descriptor;
    std::uint64_t size;
  };
  /// The file, open for reading, or nothing where there is none. Fails for what is no regular file
  /// of this user.
  Result<std::optional<File>> open_file(const std::string& name) const;

  struct Entry {
    std::string name;
    std::uint64_t size;
    timespec modified;
  };
  /// The regular files of this user, in no particular order. What vanishes meanwhile is left out.
  /// Fails where not all can be listed.
  Result<std::vector<Entry>> entries() const;

  /// Removes the file; true also where it is gone already.
  bool remove(const std::string& name) const;
  /// The same, but leaves a file that has been written or used since it was listed. Looks right
  /// before: what comes between the look and the removal is not seen.
  bool remove_unchanged(const Entry& entry) const;

  int descriptor() const { return folder_.get(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  PrivateFolder(std::filesystem::path path, FileDescriptor folder)
      : path_(std::move(path)), folder_(std::move(folder)) {}

  std::filesystem::path path_;
  FileDescriptor folder_;
};

}  // namespace nextline
