// Writes the first inputs of snapshot_fuzzer: snapshots of several lengths, of both types of keys
// and values, and one with a token that no model has.

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/fuzz/seed_file.h"
#include "tests/support/sample_snapshot.h"

namespace {

using nextline::Snapshot;
using nextline::test::sample_snapshot;

bool write(const std::filesystem::path& path, const Snapshot& snapshot) {
  return nextline::test::write_seed(path, nextline::test::encoded_bytes(snapshot));
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    std::fprintf(stderr, "usage: snapshot_seeds FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = arguments[1];
  bool written = true;
  for (const std::size_t token_count : {0, 1, 2, 40}) {
    written &= write(folder / ("tokens-" + std::to_string(token_count)),
                     sample_snapshot("/a.py", token_count, token_count));
  }
  written &= write(folder / "nameless", sample_snapshot("", 3, 1));
  written &= write(folder / "long-name", sample_snapshot(std::string(1000, 'x'), 3, 1));
  Snapshot floats = sample_snapshot("/a.py", 3, 1);
  floats.kv_type = nextline::KvType::kFloat32;
  written &= write(folder / "floats", floats);
  Snapshot foreign = sample_snapshot("/a.py", 3, 1);
  foreign.tokens[1] = -1;
  written &= write(folder / "foreign-token", foreign);
  return written ? 0 : 1;
}
