#pragma once

#include <signal.h>

#include <cstdint>

namespace nextline::test {

/// While it lives, instructions of a tile unit that the processor lacks are executed by an
/// `EmulatedTileUnit` and then stepped over, so that machine code for AMX runs on any x86-64
/// processor that has the rest of what it needs. For one thread; one at a time.
class TrappedTileUnit {
 public:
  TrappedTileUnit();
  ~TrappedTileUnit();
  TrappedTileUnit(const TrappedTileUnit&) = delete;
  TrappedTileUnit& operator=(const TrappedTileUnit&) = delete;

  bool is_configured() const;
  /// Multiply-accumulates so far.
  std::uint64_t products() const;

 private:
  struct sigaction previous_ {};
};

}  // namespace nextline::test
