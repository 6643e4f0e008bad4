#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace nextline::lsp {

/// # Threads, and who does what on which
///
/// The language server has two threads that matter, and state belongs to one of them.
///
/// - The **client's thread** reads messages, keeps the documents and the requests that are not yet
///   answered, and writes answers. It never waits for the model: a message is dealt with in
///   microseconds, however busy the model is. `LanguageServer`, `DocumentStore` and
///   `CompletionService` belong to it.
/// - The **model's thread**, the one below, loads the model and computes: `Completer`, its sessions
///   and the backend belong to it. (The backend shares a pass out over threads of its own, which
///   nobody else sees.)
///
/// Between them go values only. Towards the model: tasks, each with the snapshot of the document it
/// is about, which nobody can change. Back: functions that the model's thread has the client's
/// thread run (`CompletionService::Post`). There is one lock, around the queue of tasks, and it is
/// never held while something is computed.
///
/// **Order.** Tasks run one at a time, the most urgent first (`Priority`), those of equal urgency
/// in the order in which they were submitted. A change of the text takes microseconds and goes
/// before everything, so a completion always sees the text it was asked for. Preparation, which
/// computes what a change or an opened document brought, goes behind it, in passes of a few dozen
/// rows; each is kept, and between two of them whatever is more urgent gets its turn.
///
/// **Looking ahead** (`kLookAhead`) is what somebody will probably ask for: it begins as soon as
/// nothing else is to be done, and stops at once when that changes.
///
/// **Idle work** (`kRefresh`) is what nobody will ask for: caches that serve well enough are made
/// exact. It begins when there has been a pause, in which nothing but idle work and looks ahead was
/// submitted or run, and it never makes anybody wait: to submit anything more urgent stops the idle
/// task that is running, at once, and the pause begins anew. Whoever submits need not think of it.
/// While a pause lasts the thread sleeps, to its end if idle work waits, else until something is
/// submitted.
///
/// What is no longer wanted does not hold up what is: a task whose stop was requested before it
/// began is dropped, and one that is running sees its `std::stop_token`, which the backend looks at
/// between the layers of a pass. So the newest request begins within one layer of its arrival (one
/// small pass, if the model is preparing), and what the cancelled one had finished (the passes that
/// were committed to the cache) stays for the next.
///
/// **Who answers.** A request is answered on the client's thread, once. When it is superseded or
/// cancelled, that is at once: its task is stopped, and should it finish nevertheless, its result
/// finds nobody who waits. Because edits arrive on the same thread as results are delivered, no
/// answer can be about a text that has changed since.
///
/// **The end.** The destructor stops the running task, drops the others and waits for the thread.
class Scheduler {
 public:
  enum class Priority : std::uint8_t {
    kChange,       ///< A text has changed: everything behind it is to see that.
    kCompletion,   ///< Somebody waits.
    kPreparation,  ///< Nobody waits yet.
    kLookAhead,    ///< Nobody waits, and perhaps nobody will.
    kRefresh,      ///< Nobody will wait: idle work.
  };
  using Task = std::function<void(const std::stop_token&)>;

  /// Idle work begins when it has been quiet for so long.
  explicit Scheduler(std::chrono::milliseconds pause = std::chrono::milliseconds(500));
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  ~Scheduler();

  /// Queues a task; asking the source to stop drops or stops it. A look ahead or an idle task that
  /// is running when something more urgent comes is stopped, and not queued again. Tasks must not
  /// throw. Any thread, tasks included.
  std::stop_source submit(Priority priority, Task task);

 private:
  struct Entry {
    Task task;
    std::stop_source stop;
  };
  static constexpr std::size_t kPriorities = 5;
  using Clock = std::chrono::steady_clock;
  using Queues = std::array<std::deque<Entry>, kPriorities>;

  void run();
  /// Waits for the task that is to run now and takes it out of its queue; nothing at the end.
  std::optional<Entry> next();
  /// The first queue that has a task, or null. The lock must be held.
  std::deque<Entry>* most_urgent();
  Priority priority_of(const std::deque<Entry>* queue) const {
    return static_cast<Priority>(queue - waiting_.data());
  }

  const std::chrono::milliseconds pause_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Queues waiting_;                                 // By priority; guarded by mutex_.
  std::stop_source running_{std::nostopstate};     // Guarded by mutex_.
  Priority running_priority_ = Priority::kChange;  // Or of what ran last; guarded by mutex_.
  Clock::time_point quiet_since_;                  // But for what gives way; guarded by mutex_.
  bool ending_ = false;                            // Guarded by mutex_.
  std::thread thread_;
};

}  // namespace nextline::lsp
