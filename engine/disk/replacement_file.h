#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "engine/disk/private_folder.h"
#include "engine/error.h"

namespace nextline {

/// The system's calls that write a file; tests put others in their place.
struct FileCalls {
  std::function<ssize_t(int file, const void* bytes, std::size_t count)> write;
  std::function<int(int file)> sync;
  std::function<int(int folder, const char* from, const char* to)> rename;

  static FileCalls of_the_system();
};

/// A file that takes the place of another only once it is whole and on the disk. Until then it lies
/// beside it under a name of its own, which goes when it is destroyed. Whenever the process is
/// killed, the earlier file stays, and what was written is removed later by `remove_abandoned`.
///
/// A lock on the file says that its writer lives; it ends with the process, however that ends.
/// One thread at a time may use one; folder and calls must outlive it.
class ReplacementFile {
 public:
  /// A file (mode 0600) that is to take the place of `name`. `subject` begins the sentences of
  /// errors: "The snapshot of …".
  static Result<ReplacementFile> create(const PrivateFolder& folder, const FileCalls& calls,
                                        std::string name, std::string subject);
  ReplacementFile(ReplacementFile&&) = default;
  ReplacementFile& operator=(ReplacementFile&&) = delete;
  ~ReplacementFile();

  Result<void> write(std::span<const std::byte> bytes);
  /// Writes through to the disk, takes the place, and makes that last, too. After a failure to do
  /// only the last, the new file is in place, and a loss of power may still bring back the old one.
  Result<void> put_in_place();

  /// Removes what writers left that were killed, and nothing that one is still writing.
  static void remove_abandoned(const PrivateFolder& folder);

 private:
  ReplacementFile(const PrivateFolder& folder, const FileCalls& calls, std::string name,
                  std::string subject)
      : folder_(&folder), calls_(&calls), name_(std::move(name)), subject_(std::move(subject)) {}

  tl::unexpected<Error> not_saved(int error) const;

  const PrivateFolder* folder_;
  const FileCalls* calls_;
  std::string name_;
  std::string subject_;
  std::string temporary_name_;  // Empty once in place.
  FileDescriptor file_;
};

}  // namespace nextline
