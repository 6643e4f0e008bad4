// Writes the first inputs of statistics_fuzzer: statistics of no day and of some, and what are
// none.

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "tests/fuzz/seed_file.h"

int main(int argument_count, char** arguments) {
  if (argument_count != 2) return 2;
  const std::filesystem::path folder = arguments[1];
  const auto write = [&](const char* name, const std::string& text) {
    return nextline::test::write_seed(folder / name, std::as_bytes(std::span(text)));
  };
  const std::string begin = R"({"version":1,"days":{)";
  std::string many = begin + R"("2024-02-29":{)";
  for (int i = 0; i < 70; ++i) {
    many += (i == 0 ? "\"l" : ",\"l") + std::to_string(i) + R"(":{"asked":1})";
  }
  const bool written =
      write("empty", begin + "}}") &&
      write("two-days", begin + R"("2026-11-26":{"python":{"asked":12,"answered":9,"shown":8,)"
                                R"("accepted":3,"accepted_whole":2,"accepted_characters":80,)"
                                R"("kept_whole":1,"kept_partly":1,"gone":1}},)"
                                R"("2026-11-27":{"cpp":{},"other":{"asked":1099511627776}}}})") &&
      write("many-languages", many + "}}}") && write("wrong-day", begin + R"("2026-02-30":{}}})") &&
      write("wrong-count", begin + R"("2026-11-27":{"c":{"asked":-1}}}})") &&
      write("two-alike", begin + R"("2026-11-27":{"c":{"gone":2},"c":{"gone":4}}}})");
  return written ? 0 : 1;
}
