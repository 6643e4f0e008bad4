/// A library that is loaded in front of all others (LD_PRELOAD) and refuses the program what it
/// asks the system for: memory, files, threads, sockets. Nothing of the program is changed for it.
///
/// | variable | |
/// |---|---|
/// | `NEXTLINE_FAULTS_TABLES` | a folder, in which each process makes a file: its `Table` |
/// | `NEXTLINE_FAULTS_FOLDERS` | folders, with colons between; calls on files elsewhere are left
/// alone | | `NEXTLINE_FAULTS_LARGE` | bytes from which on a block is large; 1 MiB by default | |
/// `NEXTLINE_FAULTS_DEPTH` | frames that make a site; 6 by default | | `NEXTLINE_FAULT` | what is
/// refused: `KIND SITE FIRST COUNT HOW` | | `NEXTLINE_FAULTS_CLOCK` | a file with eight bytes:
/// seconds by which the wall clock is wrong |
///
/// KIND and SITE are numbers as in the table (-1 and 0: all), FIRST the first call of each site
/// that is refused, from 1, and COUNT how many are. HOW is an errno; `short`: half of what is read
/// or written; `kill`: the process is killed there, a write half done.
///
/// What glibc does by itself is not seen: the stacks of threads, what `fopen`ed files read and
/// write but for `fwrite`.

#include "tests/faults/fault_table.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>
#include <unwind.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>

// glibc's own, beneath those that are taken over here.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}

namespace nextline::faults {
namespace {

constexpr int kShort = -1;
constexpr int kKill = -2;

struct Wanted {
  int kind = -2;  // None.
  std::uint64_t site = 0;
  std::uint64_t first = 1;
  std::uint64_t count = 0;
  int how = 0;
};

struct State {
  Table* table = nullptr;
  const std::int64_t* clock = nullptr;
  std::uintptr_t program_base = 0;
  std::uintptr_t program_begin = 0;
  std::uintptr_t program_end = 0;
  std::size_t large = std::size_t{1} << 20;
  std::uint32_t depth = 6;
  const char* folders = "";
  Wanted wanted;
};

State state;
std::atomic_flag adding = ATOMIC_FLAG_INIT;  // A site to the table.

/// Set while this thread is in here, so that what the library itself calls is let through.
[[gnu::tls_model("initial-exec")]] thread_local bool is_inside = false;

template <typename Function>
Function* next_of(const char* name, Function* /*own*/) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}
/// The function of that name that would have been called.
#define NEXT(name)                                     \
  ([] {                                                \
    static auto* const next = next_of(#name, &::name); \
    return next;                                       \
  }())

int find_program(dl_phdr_info* info, std::size_t /*size*/, void* /*unused*/) {
  state.program_base = info->dlpi_addr;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
    state.program_begin = info->dlpi_addr + segment.p_vaddr;
    state.program_end = state.program_begin + segment.p_memsz;
  }
  return 1;  // The first is the program.
}

void* map_shared(const char* path, std::size_t size) {
  const int file =
      static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (file < 0 || ::syscall(SYS_ftruncate, file, size) != 0) std::abort();
  const long start =
      ::syscall(SYS_mmap, nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0L);
  ::syscall(SYS_close, file);
  if (start == -1) std::abort();
  return reinterpret_cast<void*>(start);
}

[[gnu::constructor]] void begin() {
  is_inside = true;
  ::dl_iterate_phdr(find_program, nullptr);
  if (const char* large = std::getenv("NEXTLINE_FAULTS_LARGE"))
    state.large = std::strtoull(large, nullptr, 10);
  if (const char* depth = std::getenv("NEXTLINE_FAULTS_DEPTH")) {
    state.depth =
        std::min<std::uint32_t>(kMostFrames, static_cast<std::uint32_t>(std::atoi(depth)));
  }
  if (const char* folders = std::getenv("NEXTLINE_FAULTS_FOLDERS")) state.folders = folders;
  if (const char* fault = std::getenv("NEXTLINE_FAULT")) {
    char how[16] = "";
    Wanted& wanted = state.wanted;
    unsigned long long site = 0, first = 0, count = 0;
    if (std::sscanf(fault, "%d %llx %llu %llu %15s", &wanted.kind, &site, &first, &count, how) !=
        5) {
      std::abort();
    }
    wanted.site = site;
    wanted.first = first;
    wanted.count = count;
    wanted.how = std::strcmp(how, "short") == 0  ? kShort
                 : std::strcmp(how, "kill") == 0 ? kKill
                                                 : std::atoi(how);
  }
  if (const char* clock = std::getenv("NEXTLINE_FAULTS_CLOCK")) {
    state.clock = static_cast<const std::int64_t*>(map_shared(clock, 8));
  }
  if (const char* tables = std::getenv("NEXTLINE_FAULTS_TABLES")) {
    char path[1024];
    std::snprintf(path, sizeof(path), "%s/%d", tables, ::getpid());
    state.table = static_cast<Table*>(map_shared(path, sizeof(Table)));
  }
  is_inside = false;
}

struct Trace {
  std::uint64_t frames[kMostFrames];
  std::uint32_t count = 0;
};

_Unwind_Reason_Code take_frame(_Unwind_Context* context, void* data) {
  auto& trace = *static_cast<Trace*>(data);
  const std::uintptr_t address = _Unwind_GetIP(context);
  if (address >= state.program_begin && address < state.program_end) {
    trace.frames[trace.count++] = address - state.program_base;
  }
  return trace.count < state.depth ? _URC_NO_REASON : _URC_END_OF_STACK;
}

std::uint64_t hash_of(Kind kind, const Trace& trace) {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a, over words.
  const auto mix = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * 0x100000001b3U;
    hash ^= hash >> 29;
  };
  mix(static_cast<std::uint64_t>(kind));
  for (std::uint32_t i = 0; i < trace.count; ++i) mix(trace.frames[i]);
  return hash == 0 ? 1 : hash;
}

/// The site's number in the table; kMostSites if that is full.
std::uint32_t site_of(Kind kind, std::string_view subject) {
  Trace trace;
  _Unwind_Backtrace(take_frame, &trace);
  const std::uint64_t hash = hash_of(kind, trace);
  Table& table = *state.table;
  const auto find = [&](std::uint64_t from, std::uint64_t to) {
    while (from < to && table.sites[from].hash != hash) ++from;
    return from;
  };
  std::uint64_t known = table.site_count.load();
  const std::uint64_t found = find(0, known);
  if (found < known) return static_cast<std::uint32_t>(found);
  while (adding.test_and_set()) {
  }
  const std::uint64_t again = find(known, table.site_count.load());
  known = table.site_count.load();
  if (again == known && known < kMostSites) {
    Site& site = table.sites[known];
    site.kind = static_cast<std::uint32_t>(kind);
    site.frame_count = trace.count;
    std::copy_n(trace.frames, trace.count, site.frames);
    const std::string_view end =
        subject.substr(subject.size() - std::min(subject.size(), sizeof(site.subject) - 1));
    std::copy(end.begin(), end.end(), site.subject);
    site.hash = hash;
    ++table.site_count;
  }
  adding.clear();
  return static_cast<std::uint32_t>(again);
}

[[noreturn]] void end_here() {
  ::syscall(SYS_kill, ::syscall(SYS_getpid), SIGKILL);
  while (true) ::syscall(SYS_pause);
}

/// Counts a call; what becomes of it: 0 if it is let through.
int look_at(Kind kind, std::string_view subject) {
  if (state.table == nullptr || is_inside) return 0;
  is_inside = true;
  const int before = errno;
  const std::uint32_t number = site_of(kind, subject);
  int how = 0;
  if (number < kMostSites) {
    Site& site = state.table->sites[number];
    const std::uint64_t call = ++site.calls;
    const Wanted& wanted = state.wanted;
    const bool is_wanted = (wanted.kind == -1 || wanted.kind == static_cast<int>(kind)) &&
                           (wanted.site == 0 || wanted.site == site.hash) && call >= wanted.first &&
                           call - wanted.first < wanted.count;
    if (is_wanted) {
      ++site.faults;
      ++state.table->faults;
      how = wanted.how;
    }
  }
  is_inside = false;
  errno = before;
  return how;
}

/// For calls that are done or not: whether this one is refused, with errno set.
bool is_refused(Kind kind, std::string_view subject) {
  const int how = look_at(kind, subject);
  if (how == kKill) end_here();
  if (how <= 0) return false;
  errno = how;
  return true;
}

/// A path of a file that is open, or "socket:[…]" and the like.
class OpenPath {
 public:
  explicit OpenPath(int file) {
    char link[32];
    std::snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
    size_ = ::syscall(SYS_readlink, link, path_, sizeof(path_));
  }
  std::string_view text() const { return {path_, size_ > 0 ? static_cast<std::size_t>(size_) : 0}; }
  bool is_stream() const { return text().starts_with("socket:") || text().starts_with("pipe:"); }

 private:
  char path_[1024];
  long size_ = 0;
};

bool is_below_folders(std::string_view path) {
  std::string_view folders = state.folders;
  while (!folders.empty()) {
    const std::size_t end = std::min(folders.find(':'), folders.size());
    const std::string_view folder = folders.substr(0, end);
    if (path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/'))
      return true;
    folders.remove_prefix(std::min(end + 1, folders.size()));
  }
  return false;
}

bool is_file_refused(Kind kind, std::string_view path) {
  return state.table != nullptr && !is_inside && is_below_folders(path) && is_refused(kind, path);
}

bool is_file_refused(Kind kind, int file) {
  if (state.table == nullptr || is_inside) return false;
  return is_file_refused(kind, OpenPath(file).text());
}

/// A name in a folder that is open, or from where the process works.
bool is_file_refused_at(Kind kind, int folder, const char* name) {
  if (state.table == nullptr || is_inside || name == nullptr) return false;
  if (*name == '/') return is_file_refused(kind, name);
  char path[2048];
  if (folder == AT_FDCWD) {
    const long size = ::syscall(SYS_getcwd, path, sizeof(path));
    if (size <= 0) return false;
  } else {
    const std::string_view open = OpenPath(folder).text();
    path[open.copy(path, sizeof(path) - 1)] = 0;
  }
  const std::size_t size = std::strlen(path);
  std::snprintf(path + size, sizeof(path) - size, "/%s", name);
  return is_file_refused(kind, path);
}

bool is_memory_refused(std::size_t size) {
  return size >= state.large && is_refused(Kind::kMemory, "");
}

/// How much of a transfer is to be done; -1: nothing, and errno says why.
enum class Direction { kIn, kOut };
struct Transfer {
  int how;
  ssize_t size_of(std::size_t size) const {
    return static_cast<ssize_t>(how == kShort || how == kKill ? (size + 1) / 2 : size);
  }
};
Transfer transfer_over(int file, Direction direction) {
  if (state.table == nullptr || is_inside || file == STDERR_FILENO) return {0};
  const OpenPath path(file);
  const bool is_in = direction == Direction::kIn;
  if (path.is_stream())
    return {look_at(is_in ? Kind::kReceive : Kind::kSend, path.text().substr(0, 5))};
  if (!is_below_folders(path.text())) return {0};
  return {look_at(is_in ? Kind::kRead : Kind::kWrite, path.text())};
}

/// `call(size)` does the transfer of so many bytes.
template <typename Call>
ssize_t done(Transfer transfer, std::size_t size, Call call) {
  if (transfer.how > 0) {
    errno = transfer.how;
    return -1;
  }
  const ssize_t result = call(static_cast<std::size_t>(transfer.size_of(size)));
  if (transfer.how == kKill) end_here();
  return result;
}

/// Of several buffers, a transfer cut short is one of half the first.
template <typename Call>
ssize_t done_with(Transfer transfer, const iovec* parts, int count, Call call) {
  if (transfer.how >= 0) return done(transfer, 0, [&](std::size_t) { return call(parts, count); });
  iovec half = parts[0];
  half.iov_len = (half.iov_len + 1) / 2;
  return done(transfer, 0, [&](std::size_t) { return call(&half, 1); });
}

template <typename Call>
ssize_t done_with_message(Transfer transfer, const msghdr* message, Call call) {
  if (transfer.how >= 0 || message->msg_iovlen == 0) {
    return done(transfer, 0, [&](std::size_t) { return call(message); });
  }
  msghdr half = *message;
  iovec first = message->msg_iov[0];
  first.iov_len = (first.iov_len + 1) / 2;
  half.msg_iov = &first;
  half.msg_iovlen = 1;
  return done(transfer, 0, [&](std::size_t) { return call(&half); });
}

}  // namespace
}  // namespace nextline::faults

using namespace nextline::faults;

// The rest stands in for the functions of the system.
extern "C" {

void* malloc(std::size_t size) { return is_memory_refused(size) ? nullptr : __libc_malloc(size); }
void* calloc(std::size_t count, std::size_t size) {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) return nullptr;
  return is_memory_refused(bytes) ? nullptr : __libc_calloc(count, size);
}
void* realloc(void* block, std::size_t size) {
  return is_memory_refused(size) ? nullptr : __libc_realloc(block, size);
}
void* memalign(std::size_t alignment, std::size_t size) {
  return is_memory_refused(size) ? nullptr : __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) { return memalign(alignment, size); }
int posix_memalign(void** block, std::size_t alignment, std::size_t size) {
  if (is_memory_refused(size)) return ENOMEM;
  *block = __libc_memalign(alignment, size);
  return *block == nullptr ? ENOMEM : 0;
}
void* mmap(void* address, std::size_t size, int protection, int flags, int file, off_t offset) {
  const bool is_anonymous = (flags & MAP_ANONYMOUS) != 0;
  if (is_anonymous ? is_memory_refused(size) : is_file_refused(Kind::kMap, file)) return MAP_FAILED;
  return reinterpret_cast<void*>(
      ::syscall(SYS_mmap, address, size, protection, flags, file, offset));
}
void* mmap64(void* address, std::size_t size, int protection, int flags, int file, off_t offset) {
  return mmap(address, size, protection, flags, file, offset);
}

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  if (is_file_refused_at(Kind::kOpen, AT_FDCWD, path)) return -1;
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}
int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  return open(path, flags, mode);
}
int __open_2(const char* path, int flags) { return open(path, flags, 0); }
int __open64_2(const char* path, int flags) { return open(path, flags, 0); }
int openat(int folder, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  if (is_file_refused_at(Kind::kOpen, folder, path)) return -1;
  return static_cast<int>(::syscall(SYS_openat, folder, path, flags, mode));
}
int openat64(int folder, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  return openat(folder, path, flags, mode);
}
FILE* fopen(const char* path, const char* mode) {
  if (is_file_refused_at(Kind::kOpen, AT_FDCWD, path)) return nullptr;
  return NEXT(fopen)(path, mode);
}
FILE* fopen64(const char* path, const char* mode) { return fopen(path, mode); }

ssize_t read(int file, void* bytes, std::size_t size) {
  return done(transfer_over(file, Direction::kIn), size,
              [&](std::size_t some) { return ::syscall(SYS_read, file, bytes, some); });
}
ssize_t __read_chk(int file, void* bytes, std::size_t size, std::size_t /*room*/) {
  return read(file, bytes, size);
}
ssize_t pread(int file, void* bytes, std::size_t size, off_t offset) {
  return done(transfer_over(file, Direction::kIn), size,
              [&](std::size_t some) { return ::syscall(SYS_pread64, file, bytes, some, offset); });
}
ssize_t pread64(int file, void* bytes, std::size_t size, off_t offset) {
  return pread(file, bytes, size, offset);
}
ssize_t __pread64_chk(int file, void* bytes, std::size_t size, off_t offset, std::size_t /*room*/) {
  return pread(file, bytes, size, offset);
}
ssize_t readv(int file, const iovec* parts, int count) {
  return done_with(transfer_over(file, Direction::kIn), parts, count,
                   [&](const iovec* some, int n) { return ::syscall(SYS_readv, file, some, n); });
}
ssize_t write(int file, const void* bytes, std::size_t size) {
  return done(transfer_over(file, Direction::kOut), size,
              [&](std::size_t some) { return ::syscall(SYS_write, file, bytes, some); });
}
ssize_t pwrite(int file, const void* bytes, std::size_t size, off_t offset) {
  return done(transfer_over(file, Direction::kOut), size,
              [&](std::size_t some) { return ::syscall(SYS_pwrite64, file, bytes, some, offset); });
}
ssize_t pwrite64(int file, const void* bytes, std::size_t size, off_t offset) {
  return pwrite(file, bytes, size, offset);
}
ssize_t writev(int file, const iovec* parts, int count) {
  return done_with(transfer_over(file, Direction::kOut), parts, count,
                   [&](const iovec* some, int n) { return ::syscall(SYS_writev, file, some, n); });
}
std::size_t fwrite(const void* bytes, std::size_t size, std::size_t count, FILE* stream) {
  const Transfer transfer = transfer_over(fileno(stream), Direction::kOut);
  if (transfer.how > 0) {
    errno = transfer.how;
    return 0;
  }
  const std::size_t some = transfer.how == 0 ? count : (count + 1) / 2;
  const std::size_t written = NEXT(fwrite)(bytes, size, some, stream);
  if (transfer.how == kKill) end_here();
  return written;
}
ssize_t recv(int socket, void* bytes, std::size_t size, int flags) {
  return done(transfer_over(socket, Direction::kIn), size,
              [&](std::size_t some) { return NEXT(recv)(socket, bytes, some, flags); });
}
ssize_t recvmsg(int socket, msghdr* message, int flags) {
  const Transfer transfer = transfer_over(socket, Direction::kIn);
  if (transfer.how == kShort) return NEXT(recvmsg)(socket, message, flags);
  return done(transfer, 0, [&](std::size_t) { return NEXT(recvmsg)(socket, message, flags); });
}
ssize_t send(int socket, const void* bytes, std::size_t size, int flags) {
  return done(transfer_over(socket, Direction::kOut), size,
              [&](std::size_t some) { return NEXT(send)(socket, bytes, some, flags); });
}
ssize_t sendmsg(int socket, const msghdr* message, int flags) {
  return done_with_message(transfer_over(socket, Direction::kOut), message,
                           [&](const msghdr* some) { return NEXT(sendmsg)(socket, some, flags); });
}

int fsync(int file) { return is_file_refused(Kind::kSync, file) ? -1 : NEXT(fsync)(file); }
int fdatasync(int file) { return is_file_refused(Kind::kSync, file) ? -1 : NEXT(fdatasync)(file); }
int ftruncate(int file, off_t size) {
  return is_file_refused(Kind::kTruncate, file) ? -1 : NEXT(ftruncate)(file, size);
}
int ftruncate64(int file, off_t size) { return ftruncate(file, size); }
int fallocate(int file, int mode, off_t offset, off_t size) {
  return is_file_refused(Kind::kTruncate, file) ? -1 : NEXT(fallocate)(file, mode, offset, size);
}
int posix_fallocate(int file, off_t offset, off_t size) {
  return is_file_refused(Kind::kTruncate, file) ? errno : NEXT(posix_fallocate)(file, offset, size);
}
int flock(int file, int operation) {
  return is_file_refused(Kind::kLock, file) ? -1 : NEXT(flock)(file, operation);
}
int rename(const char* from, const char* to) {
  return is_file_refused_at(Kind::kRename, AT_FDCWD, to) ? -1 : NEXT(rename)(from, to);
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) {
  if (is_file_refused_at(Kind::kRename, to_folder, to)) return -1;
  return NEXT(renameat)(from_folder, from, to_folder, to);
}
int unlink(const char* path) {
  return is_file_refused_at(Kind::kRemove, AT_FDCWD, path) ? -1 : NEXT(unlink)(path);
}
int unlinkat(int folder, const char* path, int flags) {
  return is_file_refused_at(Kind::kRemove, folder, path) ? -1 : NEXT(unlinkat)(folder, path, flags);
}
int remove(const char* path) {
  return is_file_refused_at(Kind::kRemove, AT_FDCWD, path) ? -1 : NEXT(remove)(path);
}
int mkdir(const char* path, mode_t mode) {
  return is_file_refused_at(Kind::kMakeFolder, AT_FDCWD, path) ? -1 : NEXT(mkdir)(path, mode);
}
int mkdirat(int folder, const char* path, mode_t mode) {
  return is_file_refused_at(Kind::kMakeFolder, folder, path) ? -1
                                                             : NEXT(mkdirat)(folder, path, mode);
}
DIR* opendir(const char* path) {
  return is_file_refused_at(Kind::kListFolder, AT_FDCWD, path) ? nullptr : NEXT(opendir)(path);
}
DIR* fdopendir(int folder) {
  return is_file_refused(Kind::kListFolder, folder) ? nullptr : NEXT(fdopendir)(folder);
}
int stat(const char* path, struct stat* status) {
  return is_file_refused_at(Kind::kStatus, AT_FDCWD, path) ? -1 : NEXT(stat)(path, status);
}
int stat64(const char* path, struct stat64* status) {
  return is_file_refused_at(Kind::kStatus, AT_FDCWD, path) ? -1 : NEXT(stat64)(path, status);
}
int lstat(const char* path, struct stat* status) {
  return is_file_refused_at(Kind::kStatus, AT_FDCWD, path) ? -1 : NEXT(lstat)(path, status);
}
int lstat64(const char* path, struct stat64* status) {
  return is_file_refused_at(Kind::kStatus, AT_FDCWD, path) ? -1 : NEXT(lstat64)(path, status);
}
int fstat(int file, struct stat* status) {
  return is_file_refused(Kind::kStatus, file) ? -1 : NEXT(fstat)(file, status);
}
int fstat64(int file, struct stat64* status) {
  return is_file_refused(Kind::kStatus, file) ? -1 : NEXT(fstat64)(file, status);
}
int fstatat(int folder, const char* path, struct stat* status, int flags) {
  if (is_file_refused_at(Kind::kStatus, folder, path)) return -1;
  return NEXT(fstatat)(folder, path, status, flags);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*function)(void*),
                   void* argument) {
  if (is_refused(Kind::kThread, "")) return errno;
  return NEXT(pthread_create)(thread, attributes, function, argument);
}
pid_t fork() { return is_refused(Kind::kProcess, "") ? -1 : NEXT(fork)(); }

int socket(int domain, int type, int protocol) {
  return is_refused(Kind::kSocket, "socket") ? -1 : NEXT(socket)(domain, type, protocol);
}
int bind(int socket, const sockaddr* address, socklen_t size) {
  return is_refused(Kind::kSocket, "bind") ? -1 : NEXT(bind)(socket, address, size);
}
int listen(int socket, int backlog) {
  return is_refused(Kind::kSocket, "listen") ? -1 : NEXT(listen)(socket, backlog);
}
int accept(int socket, sockaddr* address, socklen_t* size) {
  return is_refused(Kind::kSocket, "accept") ? -1 : NEXT(accept)(socket, address, size);
}
int accept4(int socket, sockaddr* address, socklen_t* size, int flags) {
  return is_refused(Kind::kSocket, "accept") ? -1 : NEXT(accept4)(socket, address, size, flags);
}
int connect(int socket, const sockaddr* address, socklen_t size) {
  return is_refused(Kind::kSocket, "connect") ? -1 : NEXT(connect)(socket, address, size);
}
int epoll_create1(int flags) {
  return is_refused(Kind::kEvents, "epoll_create1") ? -1 : NEXT(epoll_create1)(flags);
}
int epoll_create(int size) {
  return is_refused(Kind::kEvents, "epoll_create") ? -1 : NEXT(epoll_create)(size);
}
int epoll_ctl(int epoll, int operation, int file, epoll_event* event) {
  // Of a descriptor that is there already nothing is refused: it takes nothing.
  if (operation == EPOLL_CTL_ADD && is_refused(Kind::kEvents, "epoll_ctl")) return -1;
  return NEXT(epoll_ctl)(epoll, operation, file, event);
}
int eventfd(unsigned value, int flags) {
  return is_refused(Kind::kEvents, "eventfd") ? -1 : NEXT(eventfd)(value, flags);
}
int timerfd_create(int clock, int flags) {
  return is_refused(Kind::kEvents, "timerfd") ? -1 : NEXT(timerfd_create)(clock, flags);
}
int pipe(int files[2]) { return is_refused(Kind::kEvents, "pipe") ? -1 : NEXT(pipe)(files); }
int pipe2(int files[2], int flags) {
  return is_refused(Kind::kEvents, "pipe") ? -1 : NEXT(pipe2)(files, flags);
}

int clock_gettime(clockid_t clock, timespec* time) {
  const int result = static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
  if (result == 0 && state.clock != nullptr && clock == CLOCK_REALTIME)
    time->tv_sec += *state.clock;
  return result;
}
std::time_t time(std::time_t* place) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (place != nullptr) *place = now.tv_sec;
  return now.tv_sec;
}
int gettimeofday(timeval* time, void* /*zone*/) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  *time = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

}  // extern "C"
