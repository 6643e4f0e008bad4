#include "engine/disk/mapped_file.h"

#include <sys/mman.h>

#include <cerrno>
#include <system_error>

namespace nextline {

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

Result<MappedFile> MappedFile::map(const FileDescriptor& file, std::uint64_t size,
                                   const std::string& subject) {
  MappedFile mapped;
  if (size == 0) return mapped;  // The system maps no empty files.
  void* const start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file.get(), 0);
  if (start == MAP_FAILED) {
    const std::string cause = std::generic_category().message(errno);
    return failure(subject + " cannot be mapped into memory: " + cause + ".", cause);
  }
  mapped.bytes_ = {static_cast<const std::byte*>(start), size};
  return mapped;
}

}  // namespace nextline
