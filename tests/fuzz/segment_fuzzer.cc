#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "engine/speculate/history_segment.h"
#include "tests/support/sample_history.h"

namespace {

/// Opens the file. Whatever the bytes are, there is a sentence, or a segment in which any lookup
/// stays within.
void open(const std::vector<std::byte>& file) {
  const auto segment =
      nextline::HistorySegment::parse(file, "fuzzed", nextline::test::kSampleTokenizer);
  if (!segment) {
    if (segment.error().message.empty()) std::abort();
    return;
  }
  if (!nextline::test::lookups_stay_within(*segment)) std::abort();
  // Contexts that are none of its documents: the file's own bytes.
  std::vector<nextline::TokenId> context;
  for (const std::byte byte : std::span(file).last(std::min<std::size_t>(file.size(), 300))) {
    context.push_back(static_cast<nextline::TokenId>(byte) - 1);
    if (segment->longest_suffix(context, 255).length > context.size()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  std::vector<std::byte> file(bytes.begin(), bytes.end());
  open(file);
  // No fuzzer guesses a checksum, so most of what there is to find stands behind right ones.
  nextline::test::set_segment_checksums(file);
  open(file);
  return 0;
}
