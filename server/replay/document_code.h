#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/syntax/symbols.h"
#include "server/replay/edit_case.h"
#include "server/replay/source_lines.h"

namespace nextline::replay {

/// A document as code: with the awaited line in its place. Up to the cursor, what is found lies
/// where it lies in the document.
class DocumentCode {
 public:
  /// The document must outlive it.
  explicit DocumentCode(const Document& document);
  DocumentCode(const DocumentCode&) = delete;  // Its parts refer to each other.
  DocumentCode& operator=(const DocumentCode&) = delete;

  const Document& document() const { return document_; }
  const std::string& text() const { return text_; }
  const SourceLines& lines() const { return lines_; }
  /// Nothing if the text takes too much work to parse.
  const std::optional<lsp::Symbols>& symbols() const { return symbols_; }
  std::size_t awaited_line() const { return awaited_line_; }
  /// Whether a line begins with code.
  bool is_code(std::size_t line) const { return is_code_[line]; }
  /// Whether an import begins in a line.
  bool is_import(std::size_t line) const { return is_import_[line]; }
  /// Whether a line begins within a string, a comment or an import, so that a cut in front of it
  /// would change what the rest is.
  bool is_within_whole(std::size_t line) const { return is_within_whole_[line]; }
  /// What its lines end with.
  std::string_view line_end() const;
  /// Whether some text has the awaited line among its lines.
  bool gives_away(std::string_view text) const;

 private:
  const Document& document_;
  std::string text_;
  SourceLines lines_;
  std::optional<lsp::Symbols> symbols_;
  std::size_t awaited_line_;
  std::vector<bool> is_code_;
  std::vector<bool> is_import_;
  std::vector<bool> is_within_whole_;
};

/// A file name that tells the language.
std::string_view file_name_of(Language language);

}  // namespace nextline::replay
