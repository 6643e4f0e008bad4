#include "tests/support/tiny_vocabulary.h"

#include <array>
#include <cassert>
#include <string>
#include <utility>
#include <vector>

namespace nextline::test {
namespace {

// Left and right part, the best merge first. "Ġ" is a blank and "Ċ" a line feed.
constexpr std::array<std::pair<std::string_view, std::string_view>, 24> kMerges = {{
    {"Ġ", "Ġ"},  {"ĠĠ", "ĠĠ"}, {"r", "e"},    {"i", "n"},     {"e", "r"},  {"o", "n"},
    {"re", "t"}, {"ret", "u"}, {"retu", "r"}, {"retur", "n"}, {"Ġ", "re"}, {"Ġ", "="},
    {"s", "e"},  {"l", "f"},   {"se", "lf"},  {"d", "e"},     {"de", "f"}, {"Ġ", "def"},
    {"i", "f"},  {"p", "r"},   {"pr", "in"},  {"prin", "t"},  {":", "Ċ"},  {"(", ")"},
}};

constexpr std::array<std::string_view, 4> kControlTokens = {"<|endoftext|>", "<|fim_prefix|>",
                                                            "<|fim_middle|>", "<|fim_suffix|>"};

// The numbers of token types in a GGUF file.
constexpr std::int32_t kNormal = 1;
constexpr std::int32_t kControl = 3;
constexpr std::int32_t kUnused = 5;

/// The UTF-8 of a code point below U+0800.
std::string utf8(std::uint32_t code_point) {
  if (code_point < 0x80) return {static_cast<char>(code_point)};
  return {static_cast<char>(0xc0 | code_point >> 6), static_cast<char>(0x80 | (code_point & 0x3f))};
}

/// GPT-2's byte alphabet: printable Latin-1 stands for itself, the other bytes in order for U+0100
/// and what follows.
std::vector<std::string> byte_alphabet() {
  std::vector<std::string> letters;
  std::uint32_t next_substitute = 0x100;
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    const bool printable =
        (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte <= 0xff && byte != 0xad);
    letters.push_back(utf8(printable ? byte : next_substitute++));
  }
  return letters;
}

}  // namespace

std::uint32_t smallest_vocabulary_size() {
  return static_cast<std::uint32_t>(256 + kMerges.size() + kControlTokens.size());
}

void add_tiny_vocabulary(GgufWriter& writer, std::uint32_t size, std::string_view pre_tokenizer) {
  assert(size >= smallest_vocabulary_size());
  std::vector<std::string> tokens = byte_alphabet();
  std::vector<std::string> merges;
  for (const auto& [left, right] : kMerges) {
    tokens.push_back(std::string(left) + std::string(right));
    merges.push_back(std::string(left) + " " + std::string(right));
  }
  const auto first_control = static_cast<std::uint32_t>(tokens.size());
  std::vector<std::int32_t> types(tokens.size(), kNormal);
  tokens.insert(tokens.end(), kControlTokens.begin(), kControlTokens.end());
  types.resize(tokens.size(), kControl);
  while (tokens.size() < size) tokens.push_back("[unused" + std::to_string(tokens.size()) + "]");
  types.resize(size, kUnused);

  writer.add("tokenizer.ggml.model", "gpt2");
  writer.add("tokenizer.ggml.pre", pre_tokenizer);
  writer.add("tokenizer.ggml.tokens", tokens);
  writer.add("tokenizer.ggml.token_type", types);
  writer.add("tokenizer.ggml.merges", merges);
  writer.add("tokenizer.ggml.bos_token_id", first_control);
  writer.add("tokenizer.ggml.eos_token_id", first_control);
  writer.add("tokenizer.ggml.fim_pre_token_id", first_control + 1);
  writer.add("tokenizer.ggml.fim_mid_token_id", first_control + 2);
  writer.add("tokenizer.ggml.fim_suf_token_id", first_control + 3);
  writer.add("tokenizer.ggml.add_bos_token", false);
}

}  // namespace nextline::test
