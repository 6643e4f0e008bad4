#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/speculate/pass_cost.h"
#include "tests/peers/drafting/peer.h"

namespace nextline::peers {

/// As measured with the default model on two cores: 13.5 ms for one row, 30.3 for 16.
PassCost measured_cost();
/// The same for any number of rows, so that whatever may be said is worth drafting.
PassCost constant_cost();

/// What a peer did with a trace's rows.
struct Figures {
  std::size_t passes = 0;
  std::size_t drafted = 0;   ///< Tokens, without those that are known.
  std::size_t accepted = 0;  ///< Of these.
  std::size_t said = 0;      ///< Tokens that all passes gave.
  double cost = 0;           ///< Of all passes, in passes of one row.
  std::vector<double> draft_us;

  double accepted_per_pass() const;
  double drafted_per_pass() const;
  /// How many times as fast as without drafts, with the time of drafting left out.
  double gain() const;
};

/// Lets a peer complete the rows one after the other, with drafts of at most so many tokens. The
/// model is the trace: of each tree the longest path that the row's generated text begins with is
/// accepted, and the pass gives one token more.
Figures simulate(Peer& peer, std::span<const TraceRow> rows, std::uint32_t most_drafted,
                 const PassCost& cost);

}  // namespace nextline::peers
