// Writes the first inputs of fitting_fuzzer: completions of several languages in their places.

#include <array>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "tests/fuzz/seed_file.h"

namespace {

struct Seed {
  char language;
  std::string_view before;
  std::string_view behind;
  std::string_view completion;
};

constexpr std::array<Seed, 9> kSeeds = {{
    {0, "def f():\n    print(\"", "\")\n", "hello\", name)\n    return 1\n"},
    {0, "class A:\n\tdef f(self):", "\n\tpass\n", "\n        '''text'''\n        pass\n"},
    {1, "class A {\r\n  void f() {\r\n    ", "\r\n  }\r\n}\r\n", "    g();\r\n  }\r\n}\r\n"},
    {3, "f(R\"x(", ")x\", 'a');", "it's)x\", /* ) */ 1'000);"},
    {4, "<p>Don't {`", "`}</p>", "${a}`}</p>\n<<<<<<< HEAD\n"},
    {5, "if c == '", "' {", "(' {"},
    {6, "fn f<'a>(x: &'a str", ") {", ", y: r#\"\")\"#) {"},
    {7, "local t = { ", " }\nend\n", "[[ ]], --[[ ]] 1 }<|endoftext|>"},
    {8, "case \"$1\" in\n  ", "\nesac\n", "a) echo '\\' ${#x} ;;\nesac\n"},
}};

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    std::fprintf(stderr, "usage: fitting_seeds FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = arguments[1];
  bool written = true;
  for (std::size_t i = 0; i < kSeeds.size(); ++i) {
    const Seed& seed = kSeeds[i];
    std::string input(1, seed.language);
    input.append(seed.before).append("\xFE").append(seed.behind).append("\xFE");
    input.append(seed.completion);
    written &=
        nextline::test::write_seed(folder / std::to_string(i), std::as_bytes(std::span(input)));
  }
  return written ? 0 : 1;
}
