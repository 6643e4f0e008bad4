#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/syntax/symbols.h"
#include "server/replay/document_code.h"
#include "server/replay/edit_case.h"
#include "server/replay/random.h"
#include "server/replay/source_lines.h"

namespace nextline::replay {

/// Whether lines [first, last) are statements from beginning to end, as far as indentation and
/// brackets tell.
bool are_whole(const SourceLines& lines, std::size_t first, std::size_t last);

/// What a variable is declared and set to, or where an import comes from; empty what it lacks.
struct DefinedAs {
  std::string_view type;
  std::string_view value;
};

/// Code that stands in for what stood in a document before: another file of its language, or the
/// document itself. The text must outlive it.
class OtherCode {
 public:
  OtherCode(Language language, std::string_view text);
  OtherCode(const OtherCode&) = delete;  // Its parts refer to each other.
  OtherCode& operator=(const OtherCode&) = delete;

  /// So many lines, whole statements if that can be had, indented like a line of the document.
  /// Nothing if there are none that do not have the awaited line.
  std::optional<std::string> lines(const DocumentCode& document, std::size_t count,
                                   std::string_view indentation, Random& random) const;
  /// A name that could be in this one's place but does not stand in the document.
  std::string name_like(std::string_view name, lsp::SymbolKind kind, const DocumentCode& document,
                        Random& random) const;
  /// What another variable or import is defined as, which has a type and a value if this one has.
  /// Nothing if there is none that differs in all it has.
  std::optional<DefinedAs> other_than(const DefinedAs& known, lsp::SymbolKind kind,
                                      Random& random) const;

 private:
  std::string_view text_;
  SourceLines lines_;
  std::optional<lsp::Symbols> symbols_;
  std::vector<bool> is_code_;
};

}  // namespace nextline::replay
