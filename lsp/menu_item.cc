#include "lsp/menu_item.h"

#include <algorithm>

namespace nextline::lsp {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

/// The first line that is not blank, without the blanks around it.
std::string_view first_line(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  text = text.substr(0, text.find_first_of("\r\n"));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

/// Whether a language's name can stand behind a fence: not if it would end the line there.
bool can_name_code(std::string_view language_id) {
  return language_id.size() <= 32 && std::ranges::all_of(language_id, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '+' || c == '#';
         });
}

/// Code in Markdown, within more backticks than it has itself.
std::string fenced(std::string_view code, std::string_view language_id) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : code) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(std::max<std::size_t>(3, longest + 1), '`');
  std::string text = fence;
  if (can_name_code(language_id)) text += language_id;
  text.append("\n").append(code);
  if (!code.ends_with('\n')) text += '\n';
  return text + fence;
}

MarkupContent shown_code(const std::string& code, std::string_view language_id, MarkupKind kind) {
  return {kind, kind == MarkupKind::kMarkdown ? fenced(code, language_id) : code};
}

}  // namespace

CompletionItem menu_item(const std::string& text, const Range& range, std::string_view language_id,
                         const ClientCapabilities& client) {
  CompletionItem item;
  item.label = first_line(text);
  item.detail = "Nextline";
  item.filter_text = text;
  item.text_edit = {range, text};
  item.has_label_details = client.label_details;
  item.inserts_as_is = client.inserts_as_is;
  const std::size_t end = text.find_last_not_of(kBlanks);
  const bool has_several_lines = text.substr(0, end + 1).find_first_of("\r\n") != std::string::npos;
  if (has_several_lines) item.documentation = shown_code(text, language_id, client.documentation);
  return item;
}

}  // namespace nextline::lsp
