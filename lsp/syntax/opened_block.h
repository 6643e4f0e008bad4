#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "lsp/syntax/byte_span.h"

namespace nextline::lsp {

class SyntaxTree;

/// What ends a block.
enum class BlockEnd : std::uint8_t {
  kBrace,        ///< The brace that closes the one that opened it.
  kIndentation,  ///< A line that is indented less than its statements.
  kWord,         ///< The same, or such a line with the word that closes it: `end`, `fi`, `done`.
};

/// A block that begins before the cursor and is still to be written.
struct OpenedBlock {
  BlockEnd ends_with = BlockEnd::kIndentation;
  /// Whether the brace that ends it stands behind the cursor already.
  bool is_closed = false;
  /// The columns that the line with its header is indented.
  std::size_t header_indentation = 0;
  /// Whether the cursor is in the header's line, behind what opens the block.
  bool is_in_header_line = false;
  bool operator==(const OpenedBlock&) const = default;
};

/// The block that the cursor opens: nothing but blanks and comments stand between the cursor and
/// the brace or colon that ends a header, and no statement of the block stands behind the cursor.
/// The cursor is the gap of `text`, which `tree` is the tree of; without a tree (null), the last
/// byte before the cursor tells.
std::optional<OpenedBlock> block_opened_at(const SyntaxTree* tree, std::string_view text,
                                           ByteSpan gap);

/// The block that the last word before the cursor opens, as in Lua and in shells; only the language
/// can tell that it does.
OpenedBlock block_opened_by_word(std::string_view text, std::size_t cursor);

/// Whether statements follow the opening brace at this byte, not the parts of a value. There must
/// be a tree.
bool begins_statements(const SyntaxTree& tree, std::string_view text, std::size_t brace);

}  // namespace nextline::lsp
