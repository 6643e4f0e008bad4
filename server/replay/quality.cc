#include "server/replay/quality.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "engine/tokenizer/utf8.h"

namespace nextline::replay {
namespace {

std::u32string code_points(std::string_view text) {
  std::u32string points;
  while (!text.empty()) {
    const Utf8Sequence sequence = first_utf8_sequence(text);
    char32_t point = U'\uFFFD';
    if (sequence.kind == Utf8Sequence::Kind::kWellFormed) {
      const auto lead = static_cast<unsigned char>(text.front());
      point = sequence.length == 1 ? lead : lead & (0x7FU >> sequence.length);
      for (const char byte : text.substr(1, sequence.length - 1)) {
        point = point << 6U | (static_cast<unsigned char>(byte) & 0x3FU);
      }
    }
    points += point;
    text.remove_prefix(sequence.length);
  }
  return points;
}

/// What Python's str.isspace() says: the White_Space of Unicode, and four separators of ASCII.
bool is_blank(char32_t point) {
  constexpr std::u32string_view kRare = U"\u0085\u00A0\u1680\u2028\u2029\u202F\u205F\u3000";
  return (point >= U'\t' && point <= U'\r') || (point >= U'\x1C' && point <= U' ') ||
         (point >= U'\u2000' && point <= U'\u200A') ||
         kRare.find(point) != std::u32string_view::npos;
}

std::u32string without_blanks_around(std::string_view text) {
  const std::u32string points = code_points(text);
  const auto begin = std::find_if_not(points.begin(), points.end(), is_blank);
  const auto end = std::find_if_not(points.rbegin(), points.rend(), is_blank).base();
  return begin < end ? std::u32string(begin, end) : std::u32string();
}

std::vector<std::u32string> words(std::string_view text) {
  std::vector<std::u32string> words;
  bool in_word = false;
  for (const char32_t point : code_points(text)) {
    if (is_blank(point)) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    words.back() += point;
    in_word = true;
  }
  return words;
}

std::size_t longest_common_subsequence(std::u32string_view a, std::u32string_view b) {
  std::vector<std::size_t> lengths(b.size() + 1);  // Of what precedes in `a`, by the length of `b`.
  for (const char32_t point : a) {
    std::size_t diagonal = 0;
    for (std::size_t i = 0; i < b.size(); ++i) {
      const std::size_t before = lengths[i + 1];
      lengths[i + 1] = point == b[i] ? diagonal + 1 : std::max(before, lengths[i]);
      diagonal = before;
    }
  }
  return lengths.back();
}

/// As Python's round(), whatever the rounding mode.
int round_half_to_even(double value) {
  const double floor = std::floor(value);
  const int below = static_cast<int>(floor);
  if (value - floor != 0.5) return value - floor < 0.5 ? below : below + 1;
  return below % 2 == 0 ? below : below + 1;
}

struct CommentSigns {
  std::u32string_view line;
  std::vector<std::u32string_view> open;
  std::vector<std::u32string_view> close;
};

CommentSigns comment_signs(Language language) {
  if (language == Language::kJava) return {U"//", {U"/*"}, {U"*/"}};
  return {U"#", {U"\"\"\"", U"'''"}, {U"\"\"\"", U"'''"}};
}

bool begins_with_any(const std::u32string& line, const std::vector<std::u32string_view>& signs) {
  return std::any_of(signs.begin(), signs.end(),
                     [&](std::u32string_view sign) { return line.starts_with(sign); });
}

bool ends_with_any(const std::u32string& line, const std::vector<std::u32string_view>& signs) {
  return std::any_of(signs.begin(), signs.end(),
                     [&](std::u32string_view sign) { return line.ends_with(sign); });
}

}  // namespace

std::string_view first_code_line(std::string_view generated, Language language) {
  generated.remove_prefix(std::min(generated.find_first_not_of('\n'), generated.size()));
  const CommentSigns signs = comment_signs(language);
  bool in_comment = false;
  std::string_view rest = generated;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::u32string text = without_blanks_around(line);
    if (text.empty()) continue;
    if (in_comment) {
      in_comment = !ends_with_any(text, signs.close);
    } else if (begins_with_any(text, signs.open)) {
      in_comment = true;
    } else if (!text.starts_with(signs.line)) {
      return line;
    }
  }
  return generated.substr(0, generated.find('\n'));
}

bool exact_match(std::string_view prediction, std::string_view truth) {
  return words(prediction) == words(truth);
}

int edit_similarity(std::string_view prediction, std::string_view truth) {
  const std::u32string a = code_points(prediction);
  const std::u32string b = code_points(truth);
  const std::size_t length = a.size() + b.size();
  if (length == 0) return 100;
  const std::size_t edits = length - 2 * longest_common_subsequence(a, b);
  // In the steps of the published implementation, so that halves come out as there.
  const double distance = static_cast<double>(edits) / static_cast<double>(length);
  return round_half_to_even((1.0 - distance) * 100.0);
}

}  // namespace nextline::replay
