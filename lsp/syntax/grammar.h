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

/// What a captured node is to a cursor in it or behind it.
enum class CursorRole : std::uint8_t {
  kWithinComment,  ///< A comment.
  kWithinString,   ///< A string.
  kWithinCode,     ///< Code in a string.
  kBlock,          ///< A block: what it begins with opens it, what it ends with closes it.
  kBlockOpener,    ///< What opens a block, and is not captured as part of one.
  kBlockCloser,    ///< What closes one.
  kStatementEnd,   ///< What ends a statement.
  kNone,           ///< Nothing of these, whatever else captures it.
};

/// What is known of a programming language: how it is parsed, and the queries that find what a text
/// defines and refers to, and what stands at a cursor. Immutable; any thread may use it.
class Grammar {
 public:
  /// The grammar of the language of a file, by the end of its name; null if it is not known. It
  /// lives as long as the program.
  static const Grammar* of_file(std::string_view path);

  /// With what the names of files end that have a grammar: ".py", ".h", ….
  static std::vector<std::string_view> file_endings();

  Grammar(const TSLanguage* language, std::string_view query, std::string_view cursor_query);

  const TSLanguage* language() const { return language_; }
  const TSQuery* query() const { return query_.get(); }
  const Capture& capture(std::uint32_t index) const { return captures_[index]; }
  const TSQuery* cursor_query() const { return cursor_query_.get(); }
  CursorRole cursor_role(std::uint32_t index) const { return cursor_roles_[index]; }
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
  QueryPointer cursor_query_;
  TSFieldId body_field_;
  std::vector<Capture> captures_;  // By the query's index.
  std::vector<CursorRole> cursor_roles_;
  std::vector<SymbolKind> symbols_;  // By the language's symbol.
};

}  // namespace nextline::lsp
