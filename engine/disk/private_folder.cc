#include "engine/disk/private_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>

namespace nextline {
namespace {

std::string error_text(int error) { return std::generic_category().message(error); }

std::string quoted(const std::filesystem::path& path) { return '"' + path.string() + '"'; }

bool is_own_file(const struct stat& status) {
  return S_ISREG(status.st_mode) && status.st_uid == ::geteuid();
}

}  // namespace

std::string reason_of(int error) {
  switch (error) {
    case ENOSPC:
      return "the disk is full";
    case EDQUOT:
      return "the user's share of the disk is used up";
    case EFBIG:
      return "it is larger than files may be";
    case EACCES:
    case EPERM:
      return "the permissions do not allow it";
    case EROFS:
      return "the disk cannot be written";
    default:
      return error_text(error);
  }
}

Result<PrivateFolder> PrivateFolder::create(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);  // A failure shows below.
  if (::mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return failure("The folder " + quoted(path) + " cannot be made: " + reason_of(errno) + ".",
                   error_text(errno));
  }
  auto folder = open(path);
  if (!folder) return tl::unexpected(folder.error());
  if (!*folder) return failure("The folder " + quoted(path) + " was removed.");
  return std::move(**folder);
}

Result<std::optional<PrivateFolder>> PrivateFolder::open(const std::filesystem::path& path) {
  FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.is_open()) {
    const int error = errno;
    if (error == ENOENT) return std::nullopt;
    if (error == ENOTDIR || error == ELOOP) {
      return failure(quoted(path) + " is not a folder.", error_text(error));
    }
    return failure("The folder " + quoted(path) + " cannot be opened: " + reason_of(error) + ".",
                   error_text(error));
  }
  struct stat status {};
  if (::fstat(folder.get(), &status) != 0 || status.st_uid != ::geteuid()) {
    return failure("The folder " + quoted(path) + " belongs to another user.");
  }
  constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
  if ((status.st_mode & kOthers) != 0 && ::fchmod(folder.get(), S_IRWXU) != 0) {
    return failure("The folder " + quoted(path) +
                       " cannot be closed to other users: " + reason_of(errno) + ".",
                   error_text(errno));
  }
  return PrivateFolder(path, std::move(folder));
}

Result<std::optional<PrivateFolder::File>> PrivateFolder::open_file(const std::string& name) const {
  // Without O_NONBLOCK, opening a pipe would wait for its writer.
  FileDescriptor file(
      ::openat(descriptor(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) {
    const int error = errno;
    if (error == ENOENT) return std::nullopt;
    if (error == ELOOP) return failure(quoted(path_ / name) + " is a symbolic link.");
    return failure(quoted(path_ / name) + " cannot be opened: " + reason_of(error) + ".",
                   error_text(error));
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || !is_own_file(status)) {
    return failure(quoted(path_ / name) + " is not a regular file of this user.");
  }
  return File{std::move(file), static_cast<std::uint64_t>(status.st_size)};
}

Result<std::vector<PrivateFolder::Entry>> PrivateFolder::entries() const {
  const auto failed = [this](int error) {
    return failure("The folder " + quoted(path_) + " cannot be listed: " + reason_of(error) + ".",
                   error_text(error));
  };
  std::vector<Entry> entries;
  // A description of its own: those that are duplicated share how far they have been read.
  FileDescriptor own(::openat(descriptor(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!own.is_open()) return failed(errno);
  const std::unique_ptr<DIR, int (*)(DIR*)> list(::fdopendir(own.get()), ::closedir);
  if (!list) return failed(errno);
  own.release();  // The list closes it.
  while (true) {
    errno = 0;
    const dirent* const entry = ::readdir(list.get());
    if (entry == nullptr) break;
    struct stat status {};
    if (::fstatat(descriptor(), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;
      return failed(errno);
    }
    if (!is_own_file(status)) continue;
    entries.push_back({entry->d_name, static_cast<std::uint64_t>(status.st_size), status.st_mtim});
  }
  if (errno != 0) return failed(errno);
  return entries;
}

bool PrivateFolder::remove(const std::string& name) const {
  return ::unlinkat(descriptor(), name.c_str(), 0) == 0 || errno == ENOENT;
}

bool PrivateFolder::remove_unchanged(const Entry& entry) const {
  struct stat status {};
  if (::fstatat(descriptor(), entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT;
  }
  const timespec& modified = status.st_mtim;
  return modified.tv_sec == entry.modified.tv_sec && modified.tv_nsec == entry.modified.tv_nsec &&
         remove(entry.name);
}

}  // namespace nextline
