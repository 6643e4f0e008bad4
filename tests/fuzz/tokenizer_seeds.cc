// Writes the first inputs of tokenizer_fuzzer: for each pre-tokeniser a vocabulary with some
// merges, text of many kinds, and edits of it; and vocabularies that are wrong.

#include <array>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "tests/fuzz/seed_file.h"

namespace {

constexpr std::string_view kText =
    "def f(ab, 'it\xE2\x80\x99s'):\r\n\t# 12345 \xE6\xBC\xA2\xE5\xAD\x97 \xF0\x9F\x98\x80\n\n"
    "    return  self.ab\xC3\xA9 == \"\xFF\xFE\xC3\"\t\n  ";

/// A number below something that is more than 256.
std::string number(std::size_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

/// Pairs of bytes; the merge of two merges is not among them, but fuzzers find it.
std::string merges(std::string_view pairs) {
  std::string written{static_cast<char>(pairs.size() / 2)};
  std::size_t tokens = 256;
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    for (const char part : pairs.substr(i, 2)) {
      const auto token = static_cast<unsigned char>(part);
      if (tokens > 256) {
        written += number(token);
      } else {
        written += static_cast<char>(token);
      }
    }
    ++tokens;
  }
  return written;
}

std::string text_and_edits() {
  std::string written = number(kText.size());
  written += kText;
  const auto edit = [&](char offset, char removed, std::string_view inserted) {
    written += offset;
    written += removed;
    written += static_cast<char>(inserted.size());
    written += inserted;
  };
  edit(3, 1, "");
  edit(20, 0, "\n\n");
  edit(14, 9, "s");
  edit(0, 60, "  x");
  return written;
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) return 2;
  const std::filesystem::path folder = arguments[1];
  const std::string pairs = merges(
      "de  \n\nre\r\n==ab\xC3\xA9\xF0\x9F"
      "12");
  const std::string anything = std::string("\1") + "\3" + "\2\x08" + "<|fim|>." + "\3\3" + "abc" +
                               "\1" + std::string(1, '\0') + "\1" + "\3" + "a b" + "\1" +
                               number(20) + "\1" + number(266);
  bool written = true;
  const auto write = [&](const std::string& name, const std::string& bytes) {
    written &= nextline::test::write_seed(folder / name, std::as_bytes(std::span(bytes)));
  };
  for (char pre_tokenizer = 0; pre_tokenizer < 7; ++pre_tokenizer) {
    const std::string name = std::to_string(pre_tokenizer);
    const std::string begin(1, pre_tokenizer);
    write(name, begin + '\0' + pairs + '\0' + text_and_edits());
    write(name + "-lacking", begin + '\t' + pairs + '\0' + text_and_edits());
    write(name + "-bytes", begin + '\0' + '\0' + '\0' + text_and_edits());
    write(name + "-anything", begin + '\0' + pairs + anything + text_and_edits());
  }
  return written ? 0 : 1;
}
