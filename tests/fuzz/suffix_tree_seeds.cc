// Writes the first inputs of suffix_tree_fuzzer: trees of several depths and budgets, with texts
// that repeat, edits of them, and searches.

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace {

// The operations of the fuzzer.
constexpr char kAddDocument = 0;
constexpr char kRemoveDocument = 1;
constexpr char kSplice = 2;
constexpr char kLookUp = 9;

std::string operation(char name, std::string_view rest) { return name + std::string(rest); }

// In the first document, as long as its length is below 256.
std::string splice(char first, char removed, std::string_view inserted) {
  return operation(kSplice, {}) + std::string(1, '\0') + first + removed +
         static_cast<char>(inserted.size()) + std::string(inserted);
}

std::string look_ups() {
  std::string all;
  for (char how = 0; how < 8; ++how) {
    all +=
        operation(kLookUp, {}) + how + std::string(1, '\0') + static_cast<char>(5 + how) + "\2\1";
  }
  return all;
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    std::fprintf(stderr, "usage: suffix_tree_seeds FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = arguments[1];
  bool written = true;
  for (const char depth : {'\0', '\1', '\4', '\x3F'}) {
    for (const char budget : {'\x14', '\x7F'}) {
      const std::string repeated(40, '\1');
      const std::string varied("\1\2\3\1\2\4\1\2\3\5\xFE\xFF\1\2");
      std::ofstream file(folder / (std::to_string(depth) + "-" + std::to_string(budget)),
                         std::ios::binary);
      file << depth << budget << '\0' << splice(0, 0, varied) << look_ups()
           << splice(3, 2, "\1\2\3") << splice(5, 0, repeated) << look_ups()
           << operation(kAddDocument, "\1") << splice(20, 30, varied) << look_ups()
           << operation(kRemoveDocument, std::string_view("\0", 1)) << splice(0, 0, repeated)
           << look_ups();
      written &= file.flush().good();
    }
  }
  return written ? 0 : 1;
}
