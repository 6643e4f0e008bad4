// Writes the first inputs of segment_fuzzer: histories of no documents and of many, with few tokens
// and many, with matches that are short, long and frequent.

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/fuzz/seed_file.h"
#include "tests/support/sample_history.h"

namespace {

using nextline::TokenId;
using nextline::test::SampleHistory;

bool write(const std::filesystem::path& path, const SampleHistory& history) {
  return nextline::test::write_seed(path, nextline::test::segment_bytes(history));
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    std::fprintf(stderr, "usage: segment_seeds FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = arguments[1];
  bool written = write(folder / "empty", SampleHistory());
  for (const std::size_t document_count : {1, 3, 20}) {
    for (const std::uint64_t symbol_count : {2, 50}) {
      written &=
          write(folder / (std::to_string(document_count) + "-of-" + std::to_string(symbol_count)),
                SampleHistory(document_count, 20, symbol_count, document_count));
    }
  }
  written &= write(folder / "no-tokens", SampleHistory().add({}).add({}, ""));
  written &= write(folder / "one-symbol", SampleHistory().add(std::vector<TokenId>(300, 1)));
  written &= write(folder / "two-alike", SampleHistory().add({1, 2, 3, 4}).add({1, 2, 3, 5}));
  return written ? 0 : 1;
}
