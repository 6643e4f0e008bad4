#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "lsp/syntax/tree_sitter.h"

namespace nextline::lsp {

/// What a node that a query captured is to its match.
enum class CaptureRole : std::uint8_t { kName, kDefinition, kReference, kOther };

/// A capture of a query, "definition.function": its role, and of which kind it is.
struct Capture {
  CaptureRole role;
  std::string_view kind;  ///< "function", "call"; lives as long as the grammar.
};

/// What is known of a programming language: how it is parsed, and the query that finds what a text
/// defines and refers to. Immutable; any thread may use it.
class Grammar {
 public:
  /// The grammar of the language of a file, by the end of its name; null if it is not known. It
  /// lives as long as the program.
  static const Grammar* of_file(std::string_view path);

  Grammar(const TSLanguage* language, std::string_view query);

  const TSLanguage* language() const { return language_; }
  const TSQuery* query() const { return query_.get(); }
  const Capture& capture(std::uint32_t index) const { return captures_[index]; }
  bool is_identifier(TSNode node) const { return is(node, kIdentifier); }
  bool is_comment(TSNode node) const { return is(node, kComment); }
  /// The part of a definition or of a loop that is not its head; a null node if it has none.
  TSNode body(TSNode node) const { return ts_node_child_by_field_id(node, body_field_); }

 private:
  enum SymbolKind : std::uint8_t { kNeither, kIdentifier, kComment };
  bool is(TSNode node, SymbolKind kind) const {
    const TSSymbol symbol = ts_node_symbol(node);  // An error's lies outside the language's.
    return symbol < symbols_.size() && symbols_[symbol] == kind;
  }

  const TSLanguage* language_;
  QueryPointer query_;
  TSFieldId body_field_;
  std::vector<Capture> captures_;    // By the query's index.
  std::vector<SymbolKind> symbols_;  // By the language's symbol.
};

}  // namespace nextline::lsp
