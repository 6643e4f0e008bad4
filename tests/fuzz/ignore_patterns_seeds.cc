// Writes the first inputs of ignore_patterns_fuzzer: a path, and patterns of every kind.

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
  const std::string stars = "*a*a*a*a*a*a*a*a*a*a*b";
  const bool written =
      write("names", "a.sql\n*.sql\na.?q[k-m]\n\\a.*\n!a*\n# a\n[!a]*\n[]a]*\n[\n\n") &&
      write("folders",
            "src/gen/tables.py\ngen/\n/src/**/tables.py\n!**/tables.py\nsrc/*\n/w/src/\n**\n") &&
      write("stars", std::string(60, 'a') + "\n" + stars + "\n**/**/" + stars + "\n") &&
      write("characters", "\xC3\xA9\xE6\xBC\xA2\n?\xE6\xBC\xA2\n[\xC3\xA0-\xC3\xBF]*\n\xC3*\n") &&
      write("odd", "../a/./b\n../a\n/\n//\n!\n\\\n*\\\n");
  return written ? 0 : 1;
}
