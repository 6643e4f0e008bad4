// Writes the first inputs of transport_fuzzer: one of each kind that is let in, and some that are
// not.

#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tests/fuzz/seed_file.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::filesystem::path folder = argv[1];
  const std::vector<std::pair<char, std::string>> inputs = {
      {0, "localhost:8080"},
      {0, "[::1]:80"},
      {1, "/lsp?token=0123456789abcdef"},
      {1, "/?a=b&token=%30%31"},
      {2, "127.0.0.1:8080"},
      {2, "evil.example"},
      {3, "http://localhost:1"},
      {3, "null"},
      {4, "Bearer 0123456789abcdef"},
      {5, R"({"protocol":1,"version":"0.1.0","token":"t","arguments":["serve","--stdio"]})"},
  };
  int number = 0;
  for (const auto& [kind, text] : inputs) {
    const std::string bytes = kind + text;
    if (!nextline::test::write_seed(folder / std::to_string(number++),
                                    std::as_bytes(std::span(bytes)))) {
      return 1;
    }
  }
  return 0;
}
