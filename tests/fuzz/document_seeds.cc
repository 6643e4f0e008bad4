// Writes the first inputs of document_fuzzer: in each position encoding, changes of every kind in
// texts of short and long characters and of all line ends.

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/fuzz/seed_file.h"

namespace {

/// A notification of one change: its kind, the characters inserted, where, and how much goes.
std::string change(char kind, std::string_view inserted, char first, char removed) {
  std::string bytes{'\0', kind, static_cast<char>(inserted.size())};
  bytes += '\1';  // In whole characters.
  bytes += inserted;
  if (kind != 0) bytes += {first, removed};
  return bytes + '\2';  // A place that is looked at.
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) return 2;
  const std::filesystem::path folder = arguments[1];
  const std::vector<std::pair<std::string, std::string>> texts = {
      {"empty", ""},
      {"ascii", "int a;\nint b;\n"},
      {"line-ends", "a\rb\r\nc\n\r\r\nd"},
      {"long-characters", "x\x84y\x85z\x89\x8A\n\x89"},
  };
  for (const auto& [name, text] : texts) {
    for (const char encoding : {'\0', '\1', '\2'}) {
      std::string bytes{encoding, static_cast<char>(text.size())};
      bytes += text;
      for (const char kind : {'\5', '\1', '\2', '\3', '\4', '\0', '\6'}) {
        bytes += change(kind, "a\x89\n", 2, 3) + change(kind, "", 1, 1) + change(kind, "\r", 4, 0);
      }
      const std::string file = name + "-" + std::to_string(encoding);
      if (!nextline::test::write_seed(folder / file, std::as_bytes(std::span(bytes)))) return 1;
    }
  }
  return 0;
}
