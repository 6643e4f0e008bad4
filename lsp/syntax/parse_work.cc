#include "lsp/syntax/parse_work.h"

#include <tree_sitter/api.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <new>

namespace nextline::lsp {
namespace {

/// The parser reports each time after so many steps (`OP_COUNT_PER_PARSER_TIMEOUT_CHECK`).
constexpr std::uint64_t kStepsPerReport = 100;
/// Reading a piece of the text takes as long as so many steps, most of it in the lexer.
constexpr std::uint64_t kStepsPerReading = 200;
/// Allocating, filling and leaving so many bytes takes as long as a step.
constexpr std::uint64_t kBytesPerStep = 150;
/// Code takes less than one allocation in two steps. Beyond that it is what looks for ways to go on
/// behind an error: it goes through all symbols of the grammar for each.
constexpr std::uint64_t kStepsPerAllocationOfCode = 2;
constexpr std::uint64_t kStepsPerFurtherAllocation = 10;

// Each thread counts its own, so that a parse is not charged for another's.
thread_local Allocations allocations_of_thread;

void count(std::size_t bytes) {
  ++allocations_of_thread.times;
  allocations_of_thread.bytes += bytes;
}

/// Tree-sitter cannot go on without memory, and knows no way back. An exception finds one through
/// its frames, which hold nothing that would have to be undone: what it was making is lost.
void* or_throw(void* allocated, std::size_t bytes) {
  if (allocated == nullptr && bytes > 0) throw std::bad_alloc();
  return allocated;
}

void* counted_malloc(std::size_t bytes) {
  count(bytes);
  return or_throw(std::malloc(bytes), bytes);
}

void* counted_calloc(std::size_t number, std::size_t bytes) {
  count(number * bytes);
  return or_throw(std::calloc(number, bytes), number * bytes);
}

void* counted_realloc(void* memory, std::size_t bytes) {
  count(bytes);
  return or_throw(std::realloc(memory, bytes), bytes);
}

/// Of this thread.
std::chrono::nanoseconds processor_time() {
  std::timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

void count_allocations() {
  [[maybe_unused]] static const bool done = [] {
    ts_set_allocator(counted_malloc, counted_calloc, counted_realloc, std::free);
    return true;
  }();
}

ParseWork::ParseWork(std::uint64_t most_steps, std::chrono::nanoseconds most_time)
    : most_steps_(most_steps),
      most_time_(most_time),
      began_(processor_time()),
      before_(allocations_of_thread) {}

void ParseWork::add_report() {
  ++reports_;
  is_too_much_ |= processor_time() - began_ > most_time_;
}

std::uint64_t ParseWork::steps() const {
  const std::uint64_t made = reports_ * kStepsPerReport;
  const std::uint64_t times = allocations_of_thread.times - before_.times;
  const std::uint64_t of_code = made / kStepsPerAllocationOfCode;
  return made + readings_ * kStepsPerReading +
         (allocations_of_thread.bytes - before_.bytes) / kBytesPerStep +
         (times - std::min(times, of_code)) * kStepsPerFurtherAllocation;
}

bool ParseWork::is_too_much() {
  is_too_much_ |= steps() > most_steps_;
  return is_too_much_;
}

}  // namespace nextline::lsp
