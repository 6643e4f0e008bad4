// Compares drafters on what a model said: scripts/draft_peers says how.
//
//   draft_peers TRACE [--novel] [--peers TEXT]
//
// --novel takes only rows that the history does not have; --peers only those whose name has TEXT in
// it.

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <string_view>

#include "tests/peers/drafting/simulation.h"

namespace nextline::peers {
namespace {

constexpr std::array<std::uint32_t, 3> kMostDrafted = {4, 8, 16};

struct Arguments {
  std::filesystem::path trace;
  bool only_novel = false;
  std::string peers;
};

double percentile(std::vector<double> samples, double share) {
  const auto rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(samples.size() - 1));
  std::ranges::nth_element(samples, samples.begin() + rank);
  return samples[static_cast<std::size_t>(rank)];
}

/// Of memory that the program has in use.
std::size_t heap_bytes() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

std::size_t token_count(std::span<const TraceDocument> documents) {
  std::size_t count = 0;
  for (const TraceDocument& document : documents) count += document.tokens.size();
  return count;
}

/// Prints a line for each number of tokens drafted at most.
Result<void> measure(const PeerKind& kind, const Trace& trace, Sizing sizing) {
  for (const std::uint32_t most : kMostDrafted) {
    const std::size_t before = heap_bytes();
    auto peer = kind.make(trace.documents, sizing);
    if (!peer) return tl::unexpected(peer.error());
    const auto bytes = static_cast<double>(heap_bytes() - before);
    const Figures figures = simulate(**peer, trace.rows, most,
                                     sizing == Sizing::kOwn ? measured_cost() : constant_cost());
    fmt::print("{:22} {:>4} {:>4} {:8.2f} {:9.3f} {:6.2f} {:8.2f} {:8.1f} {:9.1f}\n", kind.name,
               sizing == Sizing::kOwn ? "own" : "full", most, figures.drafted_per_pass(),
               figures.accepted_per_pass(), figures.gain(), percentile(figures.draft_us, 0.5),
               percentile(figures.draft_us, 0.99),
               bytes / static_cast<double>(token_count(trace.documents)));
    std::fflush(stdout);
  }
  return {};
}

Result<void> compare(const Arguments& arguments) {
  auto trace = read_trace(arguments.trace);
  if (!trace) return tl::unexpected(trace.error());
  if (arguments.only_novel) {
    std::erase_if(trace->rows, [](const TraceRow& row) { return !row.novel; });
  }
  if (trace->rows.empty()) return failure("The trace has no rows.");
  fmt::print("{} documents, {} tokens, {} rows\n\n", trace->documents.size(),
             token_count(trace->documents), trace->rows.size());
  fmt::print("{:22} {:>4} {:>4} {:>8} {:>9} {:>6} {:>8} {:>8} {:>9}\n", "", "size", "most",
             "drafted", "accepted", "gain", "p50 us", "p99 us", "bytes");
  std::vector<PeerKind> kinds = nextline_kinds();
  std::ranges::move(prompt_lookup_kinds(), std::back_inserter(kinds));
  std::ranges::move(arctic_kinds(), std::back_inserter(kinds));
  for (const Sizing sizing : {Sizing::kFull, Sizing::kOwn}) {
    for (const PeerKind& kind : kinds) {
      if (kind.name.find(arguments.peers) == std::string::npos) continue;
      if (auto done = measure(kind, *trace, sizing); !done) return done;
    }
  }
  return {};
}

}  // namespace
}  // namespace nextline::peers

int main(int argc, char** argv) {
  nextline::peers::Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--novel") {
      arguments.only_novel = true;
    } else if (word == "--peers" && i + 1 < argc) {
      arguments.peers = argv[++i];
    } else if (arguments.trace.empty() && !word.starts_with("-")) {
      arguments.trace = word;
    } else {
      arguments.trace.clear();
      break;
    }
  }
  if (arguments.trace.empty()) {
    std::cerr << "usage: draft_peers TRACE [--novel] [--peers TEXT]\n";
    return 2;
  }
  const auto done = nextline::peers::compare(arguments);
  if (!done) {
    std::cerr << done.error().message << "\n";
    return 1;
  }
  return 0;
}
