#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "engine/disk/file_descriptor.h"
#include "engine/error.h"

namespace nextline {

/// A file's bytes, mapped read-only into memory; unmapped on destruction. They stay where they are
/// on a move, begin at a page, and any number of threads may read them.
///
/// The file must be neither shortened nor written while it is mapped: touching a page that is gone
/// ends the process (SIGBUS), and what was checked would no longer hold. Renaming another file over
/// it, and removing it, are safe.
class MappedFile {
 public:
  MappedFile() = default;  ///< No bytes.
  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MappedFile();

  /// The first `size` bytes of the file, all of which are going to be read. `subject` begins the
  /// sentence of an error: "The history segment …".
  static Result<MappedFile> map(const FileDescriptor& file, std::uint64_t size,
                                const std::string& subject);

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace nextline
