// Shows the tokeniser to other programs, so that a test in another language can compare it with
// the published one. Strings and answers go through standard input and output in frames: a 32-bit
// count in the machine's byte order, then that many bytes, or 32-bit numbers.
//
//   tokenizer_probe vocabulary MODEL      prints the vocabulary as JSON
//   tokenizer_probe encode MODEL          strings in, token ids out
//   tokenizer_probe split PRE_TOKENIZER   strings in, lengths of pieces in bytes out
//   tokenizer_probe assigned              prints the ranges of code points that this build's
//   regular
//                                         expression library has assigned a category, as JSON

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <cstdint>
#include <cstdio>
#include <functional>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "engine/gguf/gguf_file.h"
#include "engine/tokenizer/pre_tokenizer.h"
#include "engine/tokenizer/tokenizer.h"

namespace nextline {
namespace {

std::string json_string(std::string_view text) {
  std::string json = "\"";
  for (const char character : text) {
    if (character == '"' || character == '\\') {
      json += {'\\', character};
    } else if (static_cast<unsigned char>(character) < 0x20) {
      char escape[7];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(character));
      json += escape;
    } else {
      json += character;
    }
  }
  return json + "\"";
}

template <typename Items, typename ToJson>
std::string json_array(const Items& items, ToJson to_json) {
  std::string json;
  for (const auto& item : items) {
    json += json.empty() ? "[" : ",";
    json += to_json(item);
  }
  return json.empty() ? "[]" : json + "]";
}

Result<void> print_vocabulary(const std::string& model) {
  const auto file = gguf::File::open(model);
  if (!file) return tl::unexpected(file.error());
  const auto vocabulary = Vocabulary::from_gguf(*file);
  if (!vocabulary) return tl::unexpected(vocabulary.error());
  const auto is_normal = [](Vocabulary::Kind kind) {
    return kind == Vocabulary::Kind::kNormal ? "true" : "false";
  };
  std::cout << "{\"pre_tokenizer\":" << json_string(vocabulary->pre_tokenizer)
            << ",\"texts\":" << json_array(vocabulary->texts, json_string)
            << ",\"is_normal\":" << json_array(vocabulary->kinds, is_normal)
            << ",\"merges\":" << json_array(vocabulary->merges, json_string) << "}\n";
  return {};
}

std::optional<std::string> read_frame() {
  std::uint32_t length = 0;
  if (!std::cin.read(reinterpret_cast<char*>(&length), sizeof length)) return std::nullopt;
  std::string text(length, '\0');
  if (!std::cin.read(text.data(), length)) return std::nullopt;
  return text;
}

template <typename Number>
void write_frame(std::span<const Number> numbers) {
  static_assert(sizeof(Number) == 4);
  const auto count = static_cast<std::uint32_t>(numbers.size());
  std::cout.write(reinterpret_cast<const char*>(&count), sizeof count);
  std::cout.write(reinterpret_cast<const char*>(numbers.data()),
                  static_cast<std::streamsize>(numbers.size_bytes()));
}

Result<void> encode(const std::string& model) {
  const auto file = gguf::File::open(model);
  if (!file) return tl::unexpected(file.error());
  const auto tokenizer = Tokenizer::from_gguf(*file);
  if (!tokenizer) return tl::unexpected(tokenizer.error());
  while (const auto text = read_frame()) {
    write_frame(std::span<const TokenId>(tokenizer->encode(*text)));
  }
  return {};
}

Result<void> split(const std::string& name) {
  const auto pre_tokenizer = PreTokenizer::create(name);
  if (!pre_tokenizer) return tl::unexpected(pre_tokenizer.error());
  while (const auto text = read_frame()) {
    std::vector<std::uint32_t> lengths;
    pre_tokenizer->for_each_piece(*text, [&](std::string_view piece) {
      lengths.push_back(static_cast<std::uint32_t>(piece.size()));
    });
    write_frame(std::span<const std::uint32_t>(lengths));
  }
  return {};
}

std::string utf8(std::uint32_t code_point) {
  const auto continuation = [&](unsigned shift) {
    return static_cast<char>(0x80 | (code_point >> shift & 0x3F));
  };
  if (code_point < 0x80) return {static_cast<char>(code_point)};
  if (code_point < 0x800) return {static_cast<char>(0xC0 | code_point >> 6), continuation(0)};
  if (code_point < 0x10000) {
    return {static_cast<char>(0xE0 | code_point >> 12), continuation(6), continuation(0)};
  }
  return {static_cast<char>(0xF0 | code_point >> 18), continuation(12), continuation(6),
          continuation(0)};
}

Result<void> print_assigned(const std::string&) {
  int error_code = 0;
  PCRE2_SIZE error_offset = 0;
  pcre2_code* assigned =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(R"(\P{Cn})"), PCRE2_ZERO_TERMINATED, PCRE2_UTF,
                    &error_code, &error_offset, nullptr);
  pcre2_match_data* match_data = pcre2_match_data_create(1, nullptr);
  struct Range {
    std::uint32_t first, last;
  };
  std::vector<Range> ranges;
  for (std::uint32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    if (code_point >= 0xD800 && code_point <= 0xDFFF) continue;  // Surrogates are no characters.
    const std::string text = utf8(code_point);
    if (pcre2_match(assigned, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0,
                    match_data, nullptr) < 0) {
      continue;
    }
    const bool continues = !ranges.empty() && ranges.back().last + 1 == code_point;
    if (continues) {
      ranges.back().last = code_point;
    } else {
      ranges.push_back({code_point, code_point});
    }
  }
  pcre2_match_data_free(match_data);
  pcre2_code_free(assigned);
  std::cout << json_array(ranges, [](const Range& range) {
    std::string text = "[";
    text += std::to_string(range.first) + "," + std::to_string(range.last) + "]";
    return text;
  }) << "\n";
  return {};
}

int run(std::span<const std::string> arguments) {
  const std::string command = arguments.empty() ? "" : arguments[0];
  const std::string argument = arguments.size() > 1 ? arguments[1] : "";
  const auto result = command == "vocabulary" ? print_vocabulary(argument)
                      : command == "encode"   ? encode(argument)
                      : command == "split"    ? split(argument)
                      : command == "assigned" ? print_assigned(argument)
                                              : failure("Usage: see the top of the source.");
  if (!result) {
    std::cerr << result.error().message << "\n";
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace nextline

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return nextline::run(arguments);
}
