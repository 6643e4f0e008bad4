#include "lsp/context/definition_text.h"

#include <algorithm>
#include <array>

namespace nextline::lsp {
namespace {

constexpr std::array<std::string_view, 14> kHashes = {
    "python", "ruby",   "shellscript", "perl",     "yaml",  "toml", "r",
    "julia",  "elixir", "dockerfile",  "makefile", "cmake", "nix",  "tcl"};
constexpr std::array<std::string_view, 5> kDashes = {"lua", "sql", "haskell", "ada", "elm"};

void add_indented(std::string_view lines, std::size_t columns, std::string& text) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    text += '\n';
    text.append(columns, ' ');
    text += lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

std::string without_members(const IndexedFile& file, const FileDefinition& definition) {
  std::string text(file.head(definition));
  switch (definition.body) {
    case BodyStyle::kNone:
      return text;
    case BodyStyle::kBraces:
      return text + ";";
    case BodyStyle::kColon:
    case BodyStyle::kOther:
      break;
  }
  return text + " ...";
}

}  // namespace

std::string definition_text(const IndexedFile& file, std::size_t number,
                            std::span<const std::size_t> members) {
  const FileDefinition& definition = file.definitions()[number];
  if (members.empty()) return without_members(file, definition);
  std::string text(file.head(definition));
  const bool has_braces = definition.body == BodyStyle::kBraces;
  if (has_braces) text += " {";
  for (const std::size_t member : members) {
    add_indented(without_members(file, file.definitions()[member]),
                 definition.body == BodyStyle::kColon ? 4 : 2, text);
  }
  if (has_braces) text += "\n}";
  return text;
}

std::string_view comment_mark(std::string_view language) {
  if (std::ranges::find(kHashes, language) != kHashes.end()) return "# ";
  if (std::ranges::find(kDashes, language) != kDashes.end()) return "-- ";
  return "// ";
}

}  // namespace nextline::lsp
