#include "server/replay/keystrokes.h"

#include <string_view>
#include <utility>

#include "engine/tokenizer/utf8.h"
#include "server/replay/undone_edit.h"

namespace nextline::replay {
namespace {

/// Between the line that is typed and the awaited one.
constexpr std::size_t kMostBlankLines = 2;

std::size_t length_of_key(std::string_view text) {
  return text.starts_with("\r\n") ? 2 : first_utf8_sequence(text).length;
}

}  // namespace

Result<EditCase> type_line_above(const DocumentCode& code) {
  const SourceLines& lines = code.lines();
  const std::size_t awaited = code.awaited_line();
  std::size_t typed = awaited;
  do {
    if (typed == 0 || awaited - typed > kMostBlankLines) {
      return failure("No line of code stands right above the awaited line.");
    }
    --typed;
  } while (lines.code(typed).empty());
  if (!code.is_code(typed) || code.gives_away(lines[typed])) {
    return failure("The line above the awaited line is none of code that could be typed.");
  }

  const Document& document = code.document();
  const lsp::ByteSpan now{lines.begin(typed), document.cursor};
  EditCase made = case_of(document, EditKind::kKeystrokes, "", {{now, ""}});
  made.steps.clear();
  std::size_t place = now.first;
  const auto type = [&](std::size_t length) {
    made.steps.push_back({{{place, 0, document.text.substr(place, length)}}, place + length});
    place += length;
  };
  if (const std::size_t given = indentation_of(lines[typed]).size(); given > 0) type(given);
  const std::size_t steps_given = made.steps.size();
  while (place < now.last) {
    type(length_of_key(std::string_view(document.text).substr(place, now.last - place)));
  }
  made.variant = counted(made.steps.size() - steps_given, "key");
  return made;
}

}  // namespace nextline::replay
