#include "server/models/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

namespace nextline::models {
namespace {

constexpr std::chrono::milliseconds kTick{100};

std::vector<std::string> environment_of(const ChildProcess& child) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    bool replaced = false;
    for (const auto& [name, value] : child.environment) {
      replaced = replaced || text.starts_with(name + "=");
    }
    if (!replaced) variables.emplace_back(text);
  }
  for (const auto& [name, value] : child.environment) variables.push_back(name + "=" + value);
  return variables;
}

/// The null-terminated array of pointers that the system call wants; refers to `texts`.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// What the child is given instead of what this process has: its own standard streams and
/// directory, and signals that are neither blocked nor ignored.
class SpawnSettings {
 public:
  explicit SpawnSettings(const ChildProcess& child) {
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, child.output.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
    posix_spawn_file_actions_addchdir_np(&files, child.directory.c_str());

    sigset_t none;
    sigemptyset(&none);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }

  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};
};

int exit_status(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

}  // namespace

Result<int> run_child(const ChildProcess& child, const std::function<void()>& tick,
                      const std::stop_token& stop) {
  std::vector<std::string> arguments = child.arguments;
  std::vector<std::string> variables = environment_of(child);
  const SpawnSettings settings(child);
  pid_t process = 0;
  if (const int error =
          posix_spawnp(&process, arguments.front().c_str(), &settings.files, &settings.attributes,
                       pointers_to(arguments).data(), pointers_to(variables).data());
      error != 0) {
    return failure(fmt::format("The program {} cannot be started: {}.", arguments.front(),
                               std::strerror(error)));
  }

  int status = 0;
  bool told_to_end = false;
  while (waitpid(process, &status, WNOHANG) == 0) {
    if (stop.stop_requested() && !told_to_end) {
      kill(process, SIGTERM);
      told_to_end = true;
    }
    tick();
    std::this_thread::sleep_for(kTick);
  }
  return exit_status(status);
}

}  // namespace nextline::models
