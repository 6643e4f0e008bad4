// Writes the first inputs of history_state_fuzzer: states with and without a reading, and one
// without its checksum, which the fuzzer adds.

#include <cstdio>
#include <filesystem>
#include <span>
#include <string>

#include "lsp/history/history_state.h"
#include "tests/fuzz/seed_file.h"

int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    std::fprintf(stderr, "usage: history_state_seeds FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = arguments[1];
  nextline::lsp::HistoryState state;
  const std::string empty = to_text(state);
  state.known = {std::string(40, 'a'), std::string(40, 'b')};
  state.segments = {"0123456789abcdef-0123456789abcdef.v1.segment"};
  state.reading = {std::string(40, 'c'), true, "folder/file.py", {std::string(40, 'd')}};
  const std::string full = to_text(state);
  const auto write = [&](const char* name, const std::string& text) {
    return nextline::test::write_seed(folder / name, std::as_bytes(std::span(text)));
  };
  return write("empty", empty) && write("full", full) &&
                 write("unsigned", full.substr(0, full.find('\n') + 1))
             ? 0
             : 1;
}
