// Writes the first inputs of catalogue_fuzzer: the example of the documentation, and what is wrong.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>

#include "tests/fuzz/seed_file.h"

int main(int argument_count, char** arguments) {
  if (argument_count != 2) return 2;
  const std::filesystem::path folder = arguments[1];
  const auto write = [&](const char* name, const std::string& text) {
    return nextline::test::write_seed(folder / name, std::as_bytes(std::span(text)));
  };
  std::ifstream stream(NEXTLINE_DOCS "/model-catalogue.md");
  const std::string page{std::istreambuf_iterator<char>(stream), {}};
  const std::size_t begin = page.find("```json\n") + 8;
  const std::string documented = page.substr(begin, page.find("```", begin) - begin);
  std::string outside = documented;
  outside.replace(outside.find("my_coder_part1/"), 15, "../");
  std::string two = R"({"models":[],"models":[{"name":"a"}]})";
  const bool written = write("documented", documented) && write("outside", outside) &&
                       write("nothing", R"({"models":[]})") && write("two", two) &&
                       write("wrong", R"({"models":[{"name":"a/b","bytes":-1,"sha256":7}]})");
  return written ? 0 : 1;
}
