#include "engine/backend/cpu/available_cores.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace nextline::cpu {
namespace {

namespace fs = std::filesystem;

std::string first_line_of(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// A group's processor time per time, if it is limited.
using Quota = std::optional<double>;

Quota quota_of(double microseconds, double period) {
  return microseconds > 0 && period > 0 ? Quota(microseconds / period) : std::nullopt;
}

/// cgroup v2: "max 100000" or "150000 100000".
Quota read_quota_v2(const fs::path& group) {
  std::ifstream file(group / "cpu.max");
  double microseconds = 0;
  double period = 0;
  file >> microseconds >> period;
  return file ? quota_of(microseconds, period) : std::nullopt;
}

/// cgroup v1: a quota of -1 is none.
Quota read_quota_v1(const fs::path& group) {
  double microseconds = 0;
  double period = 0;
  std::ifstream(group / "cpu.cfs_quota_us") >> microseconds;
  std::ifstream(group / "cpu.cfs_period_us") >> period;
  return quota_of(microseconds, period);
}

/// The least quota of the group and those around it. In a container the group may have another name
/// than outside; the container's own then is the topmost that can be seen.
template <typename Read>
Quota least_quota(const fs::path& top, const fs::path& group, Read read) {
  Quota least;
  for (fs::path path = group.relative_path();; path = path.parent_path()) {
    const Quota quota = read(top / path);
    if (quota && (!least || *quota < *least)) least = quota;
    if (path.empty()) return least;
  }
}

bool has_entry(std::string_view list, std::string_view wanted) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (list.substr(0, comma) == wanted) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

/// What the control groups of this process grant it.
Quota read_quota(const fs::path& root) {
  const fs::path groups = root / "sys/fs/cgroup";
  std::ifstream memberships(root / "proc/self/cgroup");
  Quota least;
  // "0::/group" in version 2; "4:cpu,cpuacct:/group" in version 1.
  for (std::string line; std::getline(memberships, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const fs::path group = line.substr(second + 1);
    Quota quota;
    if (controllers.empty()) {
      quota = least_quota(groups, group, read_quota_v2);
    } else if (has_entry(controllers, "cpu")) {
      quota = least_quota(groups / "cpu", group, read_quota_v1);
      if (!quota) quota = least_quota(groups / controllers, group, read_quota_v1);
    }
    if (quota && (!least || *quota < *least)) least = quota;
  }
  return least;
}

/// How many of the processors do not share a core with an earlier one.
std::uint32_t count_cores(std::span<const std::uint32_t> processors, const fs::path& root) {
  std::set<std::string> cores;
  for (const std::uint32_t processor : processors) {
    const std::string name = "cpu" + std::to_string(processor);
    const fs::path topology = root / "sys/devices/system/cpu" / name / "topology";
    const std::string siblings = first_line_of(topology / "thread_siblings_list");
    cores.insert(siblings.empty() ? name : siblings);
  }
  return static_cast<std::uint32_t>(cores.size());
}

/// The processors that the process may run on.
std::vector<std::uint32_t> own_processors() {
  std::vector<std::uint32_t> processors;
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof(allowed), &allowed) == 0) {
    for (std::uint32_t processor = 0; processor < CPU_SETSIZE; ++processor) {
      if (CPU_ISSET(processor, &allowed)) processors.push_back(processor);
    }
  }
  if (processors.empty()) {  // More of them than the set can tell.
    processors.resize(static_cast<std::size_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN))));
    std::iota(processors.begin(), processors.end(), 0U);
  }
  return processors;
}

}  // namespace

AvailableCores available_cores() { return available_cores(own_processors(), "/"); }

AvailableCores available_cores(std::span<const std::uint32_t> processors, const fs::path& root) {
  AvailableCores cores{static_cast<std::uint32_t>(processors.size()),
                       count_cores(processors, root)};
  if (const Quota quota = read_quota(root)) {
    // Whole ones only: where the time has run out, the others wait for the thread that is stopped.
    const auto granted = static_cast<std::uint32_t>(std::clamp(*quota, 1.0, 1e6));
    cores.logical = std::min(cores.logical, granted);
    cores.physical = std::min(cores.physical, granted);
  }
  return cores;
}

}  // namespace nextline::cpu
