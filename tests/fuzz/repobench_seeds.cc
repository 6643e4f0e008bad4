// Writes the first inputs of repobench_fuzzer: rows of each language, and rows with something
// wrong.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "server/replay/repobench_file.h"

namespace {

using nextline::replay::RepoBenchRow;
using nextline::replay::to_line;

RepoBenchRow python_row() {
  return {.repo_name = "r/r",
          .file_path = "a.py",
          .context = {{"B", "b.py", "class B:\n  c = 1"}},
          .import_statement = "from b import B",
          .cropped_code = "\n\n\n\n# é €\ndef d():\n  '''\n  e'''",
          .all_code = "from b import B\n# é €\ndef d():\n  '''\n  e'''\n  return B.c\n\nd()\n",
          .next_line = "  return B.c",
          .gold_snippet_index = 0,
          .level = "2k"};
}

RepoBenchRow java_row() {
  RepoBenchRow row = python_row();
  row.file_path = "a/A.java";
  row.context.clear();
  row.cropped_code = "/* a\r\n */\r\nclass A {\r\n";
  row.all_code = row.cropped_code + "\tB b; // \xF0\x9F\x99\x82\r\n}\r\n";
  row.next_line = "B b; // \xF0\x9F\x99\x82";
  row.gold_snippet_index = -1;
  return row;
}

std::string replaced(std::string text, const std::string& old_part, const std::string& new_part) {
  return text.replace(text.find(old_part), old_part.size(), new_part);
}

std::vector<std::pair<std::string, std::string>> lines() {
  const std::string python = to_line(python_row());
  return {{"python", python},
          {"java", to_line(java_row())},
          {"index", replaced(python, ":0", ":-9223372036854775808")},
          {"snippet", replaced(python, "\"identifier\"", "\"i\"")},
          {"nul", replaced(python, "2k", "\\u0000")},
          {"surrogates", replaced(python, "2k", "\\ud83d\\ude42 \\ud83d")},
          {"bytes", replaced(python, "2k", "\xED\xA0\xBD")},
          {"nested", replaced(python, "\"2k\"", "[[[[{\"\":[null,true,-1.5e3]}]]]]")},
          {"none", "[]"}};
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    std::fprintf(stderr, "usage: repobench_seeds FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = arguments[1];
  bool written = true;
  for (const auto& [name, line] : lines()) {
    std::ofstream file(folder / name, std::ios::binary);
    file << line;
    written &= file.flush().good();
  }
  return written ? 0 : 1;
}
