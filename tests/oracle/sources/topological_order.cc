#include <cstddef>
#include <optional>
#include <queue>
#include <vector>

// A directed graph of numbered tasks; an edge says that one task has to be done before another.
class TaskGraph {
 public:
  explicit TaskGraph(std::size_t task_count) : successors_(task_count), pending_(task_count, 0) {}

  void add_dependency(std::size_t before, std::size_t after) {
    successors_.at(before).push_back(after);
    ++pending_.at(after);
  }

  // The tasks in an order that respects every dependency, or nothing if there is a cycle.
  std::optional<std::vector<std::size_t>> order() const {
    std::vector<std::size_t> pending = pending_;
    std::queue<std::size_t> ready;
    for (std::size_t task = 0; task < pending.size(); ++task) {
      if (pending[task] == 0) ready.push(task);
    }
    std::vector<std::size_t> sorted;
    sorted.reserve(pending.size());
    while (!ready.empty()) {
      const std::size_t task = ready.front();
      ready.pop();
      sorted.push_back(task);
      for (const std::size_t next : successors_[task]) {
        if (--pending[next] == 0) ready.push(next);
      }
    }
    if (sorted.size() != pending.size()) return std::nullopt;
    return sorted;
  }

 private:
  std::vector<std::vector<std::size_t>> successors_;
  std::vector<std::size_t> pending_;  // How many tasks have to be done before each.
};
