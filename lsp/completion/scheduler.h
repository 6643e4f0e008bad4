#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

namespace nextline::lsp {

/// # Threads, and who does what on which
///
/// One process serves any number of clients with one model. It has two kinds of threads that
/// matter, and state belongs to one of them.
///
/// - A **client's thread** reads messages, keeps the documents and the requests that are not yet
///   answered, and writes answers. It never waits for the model: a message is dealt with in
///   microseconds, however busy the model is. `LanguageServer`, `DocumentStore` and
///   `CompletionService` belong to it. Several clients may share such a thread.
/// - The **model's thread**, the one below, loads the model and computes: `CompletionEngine`, each
///   client's `Completer`, their sessions and the backend belong to it. (The backend shares a pass
///   out over threads of its own, which nobody else sees.)
///
/// Between them go values only. Towards the model: tasks, each with the snapshot of the document it
/// is about, which nobody can change. Back: functions that the model's thread has a client's thread
/// run (`Post`). There is one lock, around the queues of tasks, and it is never held while
/// something is computed.
///
/// **Order.** Tasks run one at a time, the most urgent first (`Priority`), whoever they belong to.
/// A change of the text takes microseconds and goes before everything, so a completion always sees
/// the text it was asked for. Preparation, which computes what a change or an opened document
/// brought, goes behind it, in passes of a few dozen rows; each is kept, and between two of them
/// whatever is more urgent gets its turn.
///
/// **Lanes.** A task belongs to the lane that it was submitted to: each client has one, and what is
/// submitted to the scheduler itself is a lane, too. Among tasks that are equally urgent the lanes
/// take turns, one task each, and within a lane they run in the order in which they were submitted.
/// So however much one client asks for, another's request waits for one completion of it at the
/// most; and for one layer, where that one has been superseded meanwhile, or for one small pass,
/// where it is preparing. A lane can go at any time: its tasks that wait are dropped, the one that
/// is running is stopped, and the others' go on.
///
/// **Looking ahead** (`kLookAhead`) is what somebody will probably ask for: it begins as soon as
/// nothing else is to be done, and stops at once when that changes.
///
/// **Idle work** (`kRefresh`) is what nobody will ask for: caches that serve well enough are made
/// exact. It begins when there has been a pause, in which nothing but idle work and looks ahead was
/// submitted or run, for any client, and it never makes anybody wait: to submit anything more
/// urgent stops the idle task that is running, at once and whoever's it is, and the pause begins
/// anew. Whoever submits need not think of it. While a pause lasts the thread sleeps, to its end if
/// idle work waits, else until something is submitted. After a long pause comes what makes the next
/// one who asks wait longer (`kUnload`).
///
/// What is no longer wanted does not hold up what is: a task whose stop was requested before it
/// began is dropped, and one that is running sees its `std::stop_token`, which the backend looks at
/// between the layers of a pass. So the newest request begins within one layer of its arrival (one
/// small pass, if the model is preparing), and what the cancelled one had finished (the passes that
/// were committed to the cache) stays for the next.
///
/// **Who answers.** A request is answered on its client's thread, once. When it is superseded or
/// cancelled, that is at once: its task is stopped, and should it finish nevertheless, its result
/// finds nobody who waits. Because edits arrive on the same thread as results are delivered, no
/// answer can be about a text that has changed since.
///
/// **Memory.** A task that finds no memory (`std::bad_alloc`) ends there, and whoever made the
/// scheduler is told, on its thread, before the next one: what the task was about may be half done.
///
/// **The end.** The destructor, or `end`, stops the running task, drops the others and waits for
/// the thread.
class Scheduler {
 public:
  enum class Priority : std::uint8_t {
    kChange,       ///< A text has changed: everything behind it is to see that.
    kCompletion,   ///< Somebody waits.
    kPreparation,  ///< Nobody waits yet.
    kLookAhead,    ///< Nobody waits, and perhaps nobody will.
    kRefresh,      ///< Nobody will wait: idle work.
    kUnload,       ///< Nobody has waited for long.
  };
  using Task = std::function<void(const std::stop_token&)>;

  struct Pauses {
    /// Idle work begins when it has been quiet for so long …
    std::chrono::milliseconds refresh{500};
    /// … and what is to be done after a long time, then.
    std::chrono::milliseconds unload{std::chrono::minutes(15)};
  };

  class Lane;

  Scheduler() : Scheduler(Pauses()) {}
  /// `out_of_memory` is called behind a task that found no memory. Without it, tasks must find
  /// some.
  explicit Scheduler(Pauses pauses, std::function<void()> out_of_memory = {});
  explicit Scheduler(std::chrono::milliseconds refresh_pause)
      : Scheduler(Pauses{.refresh = refresh_pause}) {}
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  /// All lanes must be gone.
  ~Scheduler();

  /// Queues a task that is nobody's; asking the source to stop drops or stops it. A look ahead or
  /// an idle task that is running when something more urgent comes is stopped, and not queued
  /// again. Tasks throw nothing but std::bad_alloc. Any thread, tasks included.
  std::stop_source submit(Priority priority, Task task);

  /// Stops the running task, drops the others, those that come from now on as well, and waits for
  /// the thread. Not in a task.
  void end();

 private:
  struct Entry {
    Task task;
    std::stop_source stop;
  };
  static constexpr std::size_t kPriorities = 6;
  using Clock = std::chrono::steady_clock;
  /// By priority.
  template <typename T>
  using Queues = std::array<std::deque<T>, kPriorities>;

  std::stop_source submit(Lane& lane, Priority priority, Task task);
  void run();
  void run_task(Entry entry);
  /// Waits for the task that is to run now and takes it out of its lane; nothing at the end.
  std::optional<Entry> next();

  // With the lock held:
  /// Of the task that is to run next; nothing if none waits.
  std::optional<Priority> most_urgent() const;
  /// When such a task may begin.
  Clock::time_point due(Priority priority) const;
  /// Takes a task out of the lane whose turn it is; nothing if all that it had there were stopped.
  std::optional<Entry> take(Priority priority);

  const Pauses pauses_;
  const std::function<void()> out_of_memory_;
  std::mutex mutex_;  // Guards all below, and what lanes hold.
  std::condition_variable changed_;
  std::condition_variable ended_;                  // A task has.
  Queues<Lane*> turns_;                            // The lanes with tasks, the next one first.
  Lane* running_lane_ = nullptr;                   // Whose task is running; null: nobody's.
  std::stop_source running_{std::nostopstate};     // Of the running task.
  Priority running_priority_ = Priority::kChange;  // Or of what ran last.
  Clock::time_point quiet_since_;                  // But for what gives way.
  bool ending_ = false;
  std::unique_ptr<Lane> own_;  // Of tasks that are nobody's.
  std::thread thread_;
};

/// One client's tasks; see above. Any thread may submit.
class Scheduler::Lane {
 public:
  /// The scheduler must outlive the lane.
  explicit Lane(Scheduler& scheduler) : scheduler_(scheduler) {}
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
  /// Drops the tasks that wait, stops the one that is running and returns when that has ended. What
  /// it submits meanwhile is dropped, too. Not in one of these tasks.
  ~Lane();

  std::stop_source submit(Priority priority, Task task) {
    return scheduler_.submit(*this, priority, std::move(task));
  }

 private:
  friend Scheduler;

  Scheduler& scheduler_;
  Queues<Entry> waiting_;  // Guarded by the scheduler's lock, as is the next one.
  bool ending_ = false;
};

}  // namespace nextline::lsp
