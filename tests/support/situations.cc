#include "tests/support/situations.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace nextline::test {
namespace {

constexpr std::string_view kCursor = "‸";

struct Spelling {
  std::string_view sign;
  std::string_view bytes;
};
constexpr std::array<Spelling, 5> kSpellings = {
    {{"⇥", "\t"}, {"␠", " "}, {"␍", "\r"}, {"¶", "\n"}, {"␛", "\x1B"}}};

std::string unspelled(std::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    const auto spelling = std::ranges::find_if(
        kSpellings, [&](const Spelling& known) { return text.starts_with(known.sign); });
    const bool is_spelled = spelling != kSpellings.end();
    bytes += is_spelled ? spelling->bytes : text.substr(0, 1);
    text.remove_prefix(is_spelled ? spelling->sign.size() : 1);
  }
  return bytes;
}

/// Reads a file's text line by line.
class Parser {
 public:
  Parser(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  std::vector<Situation> parse() {
    next_line();
    skip_to("=== ");
    while (!has_ended_) situations_.push_back(situation());
    return std::move(situations_);
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw std::runtime_error(place() + ": " + why);
  }
  std::string place() const { return file_ + ":" + std::to_string(number_); }

  void next_line() {
    has_ended_ = text_.empty();
    const std::size_t end = std::min(text_.find('\n'), text_.size());
    line_ = text_.substr(0, end);
    text_.remove_prefix(std::min(end + 1, text_.size()));
    ++number_;
  }

  void skip_to(std::string_view begin) {
    while (!has_ended_ && !line_.starts_with(begin)) next_line();
  }

  /// What stands behind `begin` on this line; goes on to the next one.
  std::string behind(std::string_view begin) {
    if (has_ended_ || !line_.starts_with(begin)) fail("here belongs " + std::string(begin));
    const std::string rest(line_.substr(begin.size()));
    next_line();
    return rest;
  }

  /// The lines up to the next section or situation, without empty ones at the end.
  std::string section() {
    std::string content;
    while (!has_ended_ && !line_.starts_with("--- ") && !line_.starts_with("=== ")) {
      content.append(line_).append("\n");
      next_line();
    }
    content.resize(content.find_last_not_of('\n') + 1);
    return unspelled(content);
  }

  std::pair<std::string, std::string> sides_of_cursor() {
    const std::string content = section();
    const std::size_t cursor = content.find(kCursor);
    if (cursor == std::string::npos) fail("the section above has no cursor");
    return {content.substr(0, cursor), content.substr(cursor + kCursor.size())};
  }

  Situation situation() {
    Situation read;
    read.place = place();
    read.name = behind("=== ");
    read.language = behind("language: ");
    if (line_.starts_with("model: ")) next_line();  // That is for tests with a model.
    behind("--- text");
    std::tie(read.before, read.behind) = sides_of_cursor();
    behind("--- completion");
    read.completion = section();
    if (line_.starts_with("--- nothing: ")) {
      read.nothing = behind("--- nothing: ");
      if (!section().empty()) fail("behind nothing there can be nothing");
    } else {
      behind("--- result");
      std::tie(read.result_before, read.result_behind) = sides_of_cursor();
    }
    return read;
  }

  std::string_view text_;
  const std::string& file_;
  std::string_view line_;
  std::size_t number_ = 0;
  bool has_ended_ = false;
  std::vector<Situation> situations_;
};

std::string spelled(std::string_view text) {
  std::string signs;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_last_blank = text[i] == ' ' && (i + 1 == text.size() || text[i + 1] == '\n');
    const auto spelling = std::ranges::find_if(kSpellings, [&](const Spelling& known) {
      return text.substr(i).starts_with(known.bytes) && known.bytes != "\n" &&
             (known.bytes != " " || is_last_blank);
    });
    signs += spelling == kSpellings.end() ? text.substr(i, 1) : spelling->sign;
  }
  return signs;
}

}  // namespace

std::vector<Situation> parse_situations(std::string_view text, const std::string& file) {
  return Parser(text, file).parse();
}

std::vector<Situation> read_situations(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<Situation> situations;
  for (const std::filesystem::path& path : files) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    std::ranges::move(parse_situations(text, path.filename().string()),
                      std::back_inserter(situations));
  }
  return situations;
}

std::string spelled_as_situation(std::string_view before, std::string_view behind) {
  return spelled(before) + std::string(kCursor) + spelled(behind);
}

}  // namespace nextline::test
