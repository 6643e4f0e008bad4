#include "server/sharing/background_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "engine/disk/file_descriptor.h"
#include "engine/disk/private_folder.h"

namespace nextline::server {
namespace {

namespace fs = std::filesystem;

/// Where this program lies; where it was replaced meanwhile, what is left of it.
std::string own_program() {
  constexpr const char* kSelf = "/proc/self/exe";
  std::error_code error;
  const fs::path path = fs::read_symlink(kSelf, error);
  return !error && fs::exists(path, error) ? path.string() : kSelf;
}

/// What the new process inherits, in a form that needs no memory to be asked for any more: between
/// fork and exec a process with threads may call little.
struct Inheritance {
  std::string program;
  std::vector<char*> arguments;  // As execv wants them, with a null at the end.
  int socket;
  int nothing;
  int log;
};

void close_all_from(int first) {
  if (::close_range(static_cast<unsigned>(first), ~0U, 0) == 0) return;
  const auto most = static_cast<int>(::sysconf(_SC_OPEN_MAX));
  for (int descriptor = first; descriptor < most; ++descriptor) ::close(descriptor);
}

[[noreturn]] void become_server(const Inheritance& inherited) {
  ::setsid();
  // The child of a child is nobody's: whoever starts it need not wait for its end.
  if (const pid_t child = ::fork(); child != 0) ::_exit(child > 0 ? 0 : errno);
  ::dup2(inherited.nothing, STDIN_FILENO);
  ::dup2(inherited.nothing, STDOUT_FILENO);
  ::dup2(inherited.log, STDERR_FILENO);
  if (inherited.socket == kInheritedSocket) {
    ::fcntl(inherited.socket, F_SETFD, 0);
  } else {
    ::dup2(inherited.socket, kInheritedSocket);
  }
  close_all_from(kInheritedSocket + 1);
  ::execv(inherited.program.c_str(), inherited.arguments.data());
  ::_exit(127);
}

}  // namespace

Result<void> start_in_background(const std::vector<std::string>& arguments, int socket,
                                 const fs::path& log) {
  const auto failed = [](const std::string& what) {
    return failure(fmt::format("{}: {}.", what, reason_of(errno)));
  };
  const FileDescriptor log_file(
      ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!log_file.is_open()) return failed("The log " + log.string() + " cannot be written");
  const FileDescriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!nothing.is_open()) return failed("/dev/null cannot be opened");

  std::vector<std::string> words = arguments;
  words.insert(words.begin(), "nextline");
  Inheritance inherited{own_program(), {}, socket, nothing.get(), log_file.get()};
  for (std::string& word : words) inherited.arguments.push_back(word.data());
  inherited.arguments.push_back(nullptr);

  const pid_t child = ::fork();
  if (child < 0) return failed("No process can be started");
  if (child == 0) become_server(inherited);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  errno = WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
  return failed("No process can be started");
}

}  // namespace nextline::server
