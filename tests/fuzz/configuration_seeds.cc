// Writes the first inputs of configuration_fuzzer: files that are right and wrong, the example of
// the documentation among them, and names of many parts.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>

#include "tests/fuzz/seed_file.h"

int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    std::fprintf(stderr, "usage: configuration_seeds FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = arguments[1];
  const auto write = [&](const char* name, const std::string& text) {
    return nextline::test::write_seed(folder / name, std::as_bytes(std::span(text)));
  };
  std::ifstream stream(NEXTLINE_DOCS "/configuration.md");
  const std::string page{std::istreambuf_iterator<char>(stream), {}};
  const std::size_t begin = page.find("```toml\n") + 8;
  std::string deep = "a";
  for (int i = 0; i < 4000; ++i) deep += ".a";
  const bool written =
      write("documented", page.substr(begin, page.find("```", begin) - begin)) &&
      write("options",
            "threads = 4\nisa = 'avx2'\n[cache]\ncache_memory = 0x10\nsnapshots = true\n"
            "repair = [\"markers\", \"line\"]\n[sampling]\ntop_p = nan\n") &&
      write("settings",
            "[settings]\nmaxTokens = 1\nignore = [\"a\", 1, 1979-05-27]\n"
            "languages = {\"*\" = false, cpp = 1}\ncontext.tokens = -1\n") &&
      write("wrong",
            "thread = \"\"\"\n\"x\"\\u00e9\"\"\"\"\n[[refresh]]\n[cahce]\nsettings.x = {}\n") &&
      write("deep", deep + " = 1\n") && write("nested", "a = " + std::string(300, '[')) &&
      write("quoted", "'a'.\"b\\n\" . c = '''\r\n'x'''''\n#\xFF\n");
  return written ? 0 : 1;
}
