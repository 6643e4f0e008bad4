#include "engine/disk/replacement_file.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <system_error>

namespace nextline {
namespace {

constexpr std::string_view kTemporaryEnding = ".part";

/// A name that nobody has used: sixteen random digits.
std::string temporary_name_for(const std::string& name) {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof(number), 0) != sizeof(number)) {
    // As good as random beside O_EXCL, which lets nobody take a name twice.
    number = static_cast<std::uint64_t>(std::time(nullptr)) << 32 |
             static_cast<std::uint64_t>(::getpid());
  }
  char digits[17];
  std::snprintf(digits, sizeof(digits), "%016llx", static_cast<unsigned long long>(number));
  return name + '.' + digits + std::string(kTemporaryEnding);
}

bool lock(int file, int operation) {
  while (::flock(file, operation) != 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

/// Where a file grows past the process's limit, the kernel also sends a signal, which would end the
/// process. While this lives, this thread leaves the signal aside, and the error is all there is.
class SizeSignalLeftAside {
 public:
  SizeSignalLeftAside() {
    sigemptyset(&signal_);
    sigaddset(&signal_, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }
  ~SizeSignalLeftAside() {
    if (sigismember(&before_, SIGXFSZ) == 1) return;
    const timespec at_once{};
    while (sigtimedwait(&signal_, nullptr, &at_once) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SizeSignalLeftAside(const SizeSignalLeftAside&) = delete;
  SizeSignalLeftAside& operator=(const SizeSignalLeftAside&) = delete;

 private:
  sigset_t signal_;
  sigset_t before_;
};

}  // namespace

FileCalls FileCalls::of_the_system() {
  return {::write, ::fsync, [](int folder, const char* from, const char* to) {
            return ::renameat(folder, from, folder, to);
          }};
}

Result<ReplacementFile> ReplacementFile::create(const PrivateFolder& folder, const FileCalls& calls,
                                                std::string name, std::string subject) {
  ReplacementFile made(folder, calls, std::move(name), std::move(subject));
  // A name that is taken, or lost to `remove_abandoned` before the lock was had, is given up for
  // another; that both happen often means that something else is wrong.
  constexpr int kAttempts = 16;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::string temporary_name = temporary_name_for(made.name_);
    FileDescriptor file(::openat(folder.descriptor(), temporary_name.c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                 S_IRUSR | S_IWUSR));
    if (!file.is_open()) {
      if (errno == EEXIST) continue;
      return made.not_saved(errno);
    }
    made.temporary_name_ = temporary_name;
    made.file_ = std::move(file);
    struct stat status {};
    if (!lock(made.file_.get(), LOCK_EX) || ::fstat(made.file_.get(), &status) != 0) {
      return made.not_saved(errno);
    }
    // With a name and the lock it is safe: nobody removes it now.
    if (status.st_nlink > 0) return made;
  }
  return made.not_saved(EEXIST);
}

ReplacementFile::~ReplacementFile() {
  if (file_.is_open() && !temporary_name_.empty()) folder_->remove(temporary_name_);
}

Result<void> ReplacementFile::write(std::span<const std::byte> bytes) {
  const SizeSignalLeftAside left_aside;
  while (!bytes.empty()) {
    const ssize_t count = calls_->write(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return not_saved(errno);
    if (count == 0) return not_saved(ENOSPC);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

Result<void> ReplacementFile::put_in_place() {
  if (calls_->sync(file_.get()) != 0) return not_saved(errno);
  if (calls_->rename(folder_->descriptor(), temporary_name_.c_str(), name_.c_str()) != 0) {
    return not_saved(errno);
  }
  temporary_name_.clear();
  // Some file systems cannot do this for a folder, and need not.
  if (calls_->sync(folder_->descriptor()) != 0 && errno != EINVAL) {
    const int error = errno;
    return failure(subject_ + " may not outlast a loss of power: " + reason_of(error) + ".",
                   std::generic_category().message(error));
  }
  return {};
}

void ReplacementFile::remove_abandoned(const PrivateFolder& folder) {
  const auto entries = folder.entries();
  if (!entries) return;
  for (const PrivateFolder::Entry& entry : *entries) {
    if (!std::string_view(entry.name).ends_with(kTemporaryEnding)) continue;
    const auto file = folder.open_file(entry.name);
    if (!file || !*file) continue;
    // A writer that has made the file and not yet locked it finds its name gone and makes another.
    if (lock((*file)->descriptor.get(), LOCK_EX | LOCK_NB)) folder.remove(entry.name);
  }
}

tl::unexpected<Error> ReplacementFile::not_saved(int error) const {
  return failure(subject_ + " was not saved: " + reason_of(error) + ".",
                 std::generic_category().message(error));
}

}  // namespace nextline
