#include "server/replay/document_code.h"

namespace nextline::replay {
namespace {

std::string whole_text(const Document& document) {
  std::string text = document.text;
  return text.insert(document.cursor, document.awaited);
}

}  // namespace

std::string_view file_name_of(Language language) {
  return language == Language::kPython ? "document.py" : "document.java";
}

DocumentCode::DocumentCode(const Document& document)
    : document_(document),
      text_(whole_text(document)),
      lines_(text_),
      symbols_(lsp::Symbols::of(file_name_of(document.language), text_)),
      awaited_line_(lines_.of(document.cursor)),
      is_code_(lines_.count()),
      is_import_(lines_.count()),
      is_within_whole_(lines_.count()) {
  if (!symbols_) return;
  is_code_ = code_lines(lines_, *symbols_);
  const auto keep_whole = [&](const lsp::ByteSpan& span) {
    if (span.is_empty()) return;
    for (std::size_t i = lines_.of(span.first) + 1; i <= lines_.of(span.last - 1); ++i) {
      is_within_whole_[i] = true;
    }
  };
  for (const lsp::ByteSpan& span : symbols_->prose()) keep_whole(span);
  for (const lsp::ByteSpan& span : symbols_->long_strings()) keep_whole(span);
  for (const lsp::Import& import : symbols_->imports()) {
    keep_whole(import.whole);
    is_import_[lines_.of(import.whole.first)] = true;
  }
}

std::string_view DocumentCode::line_end() const {
  return lines_.with_end(0).ends_with("\r\n") ? "\r\n" : "\n";
}

bool DocumentCode::gives_away(std::string_view text) const {
  const std::string_view awaited = without_blanks(document_.awaited);
  const SourceLines given(text);
  for (std::size_t i = 0; i < given.count(); ++i) {
    if (given.code(i) == awaited && !awaited.empty()) return true;
  }
  return false;
}

}  // namespace nextline::replay
