#include "lsp/completion/unwanted_text.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "engine/tokenizer/utf8.h"
#include "lsp/completion/text_lines.h"

namespace nextline::lsp {
namespace {

/// Special tokens that are not spelled <|…|>: those of StarCoder, CodeGemma, DeepSeek, Codestral.
constexpr std::array<std::string_view, 8> kSpecialTokens = {"<fim_prefix>",
                                                            "<fim_middle>",
                                                            "<fim_suffix>",
                                                            "<fim_pad>",
                                                            "<file_sep>",
                                                            "<repo_name>",
                                                            "<\xEF\xBD\x9C"
                                                            "fim",
                                                            "<\xEF\xBD\x9C"
                                                            "end"};
/// The longest name that is looked for between <| and |>.
constexpr std::size_t kLongestName = 32;

constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";

bool begins_special_token(std::string_view text) {
  if (std::ranges::any_of(kSpecialTokens,
                          [&](std::string_view token) { return text.starts_with(token); })) {
    return true;
  }
  if (!text.starts_with("<|")) return false;
  std::size_t end = 2;
  while (end < text.size() && end <= 2 + kLongestName && is_name_byte(text[end])) ++end;
  return end > 2 && text.substr(end).starts_with("|>");
}

bool is_control_character(std::string_view text) {
  const auto c = static_cast<unsigned char>(text.front());
  if (c == '\r') return !text.starts_with("\r\n");
  // Those of Latin-1, U+0080 to U+009F, are C2 and a byte less than A0.
  if (c == 0xC2) return text.size() > 1 && static_cast<unsigned char>(text[1]) < 0xA0;
  return (c < 0x20 && c != '\t' && c != '\n') || c == 0x7F;
}

/// Whether a line is one of git's conflict markers: seven signs, and then nothing or a blank.
bool is_merge_marker(std::string_view line) {
  constexpr std::size_t kSigns = 7;
  if (line.size() < kSigns) return false;
  const char sign = line.front();
  if (sign != '<' && sign != '=' && sign != '>' && sign != '|') return false;
  if (line.find_first_not_of(sign) < kSigns) return false;
  return line.size() == kSigns || (line[kSigns] == ' ' && sign != '=');
}

}  // namespace

std::string_view before_unwanted(std::string_view completion, std::string_view line_before) {
  completion = completion.substr(0, well_formed_utf8_prefix(completion));
  bool begins_line = line_before.empty();
  for (std::size_t at = 0; at < completion.size(); ++at) {
    const std::string_view behind = completion.substr(at);
    if (is_control_character(behind) || behind.starts_with(kReplacementCharacter) ||
        begins_special_token(behind) || (begins_line && is_merge_marker(first_line(behind)))) {
      return completion.substr(0, at);
    }
    begins_line = behind.front() == '\n';
  }
  return completion;
}

}  // namespace nextline::lsp
