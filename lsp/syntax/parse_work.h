#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace nextline::lsp {

/// Has tree-sitter's allocations counted from now on. To be called before any thread uses it;
/// further calls change nothing.
void count_allocations();

/// What tree-sitter has allocated on this thread.
struct Allocations {
  std::uint64_t times = 0;
  std::uint64_t bytes = 0;
};

/// The work that a parse has taken on this thread. It is counted in steps of the parser, as they
/// are in code: 0.1 to 0.2 us on a processor of today.
///
/// The parser's own steps are not all. Where a text is no code, one may take a thousand times as
/// long: the parts of an error are copied each time that the parser tries to end it, so a text of
/// nothing but errors takes time that grows with the square of its length. What is copied is
/// allocated, and what is tried is allocated, too; so the allocations tell, and they are the same
/// for the same text, which no clock is.
///
/// Belongs to one thread.
class ParseWork {
 public:
  /// The work is too much when it has taken `most_steps`, or `most_time` of processor time.
  ParseWork(std::uint64_t most_steps, std::chrono::nanoseconds most_time);

  /// The parser has reported that it has made some more steps.
  void add_report();
  /// The parser has asked for a piece of the text: one token may be the whole text, and be read
  /// again and again.
  void add_reading() { ++readings_; }
  /// Once it is, it remains so.
  bool is_too_much();

 private:
  std::uint64_t steps() const;

  std::uint64_t most_steps_;
  std::chrono::nanoseconds most_time_;
  std::chrono::nanoseconds began_;
  Allocations before_;
  std::uint64_t reports_ = 0;
  std::uint64_t readings_ = 0;
  bool is_too_much_ = false;
};

}  // namespace nextline::lsp
