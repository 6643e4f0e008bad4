#include "lsp/syntax/opened_block.h"

#include <algorithm>
#include <array>

#include "lsp/syntax/lines.h"
#include "lsp/syntax/syntax_tree.h"

namespace nextline::lsp {
namespace {

/// Comments between a header and the cursor that are passed over.
constexpr int kMostComments = 8;

/// Nodes that have braces and no statements, by parts of their names.
constexpr std::array<std::string_view, 11> kLiterals = {
    "initializer", "literal",       "object",       "dictionary", "set",   "hash",
    "array",       "interpolation", "substitution", "pattern",    "import"};
/// Fields of a grammar that have a header's block.
constexpr std::array<std::string_view, 3> kBlockFields = {"body", "consequence", "alternative"};

/// The innermost node that has the byte; a null node if there is none.
TSNode leaf_at(const SyntaxTree& tree, std::size_t offset) {
  TSNode leaf{};
  tree.visit_around(offset, offset, [&](TSNode node) { leaf = node; });
  return leaf;
}

/// How many bytes before `offset` the text has up to the last one that is not blank, with it.
std::size_t end_without_blanks(std::string_view text, std::size_t offset) {
  while (offset > 0 && is_blank(text[offset - 1])) --offset;
  return offset;
}

/// The end of what stands before `offset` and is neither blank nor a comment.
std::size_t end_of_code(const SyntaxTree* tree, std::string_view text, std::size_t offset) {
  std::size_t end = end_without_blanks(text, offset);
  for (int comments = 0; tree && tree->has_tree() && end > 0 && comments < kMostComments;
       ++comments) {
    const TSNode leaf = leaf_at(*tree, end - 1);
    if (ts_node_is_null(leaf) || !tree->grammar().is_comment(leaf)) break;
    end = end_without_blanks(text, ts_node_start_byte(leaf));
  }
  return end;
}

/// Whether a brace begins a value rather than statements, by what stands before it.
bool follows_as_value(std::string_view text, std::size_t brace) {
  const std::size_t end = end_without_blanks(text, brace);
  if (end == 0) return false;
  if (std::string_view("=([,:?&|").find(text[end - 1]) != std::string_view::npos) return true;
  std::size_t word = end;
  while (word > 0 && is_name_byte(text[word - 1])) --word;
  const std::string_view last = text.substr(word, end - word);
  return last == "return" || last == "yield" || last == "in";
}

bool is_keyword(TSNode leaf) {
  if (ts_node_is_null(leaf) || ts_node_is_named(leaf) || ts_node_child_count(leaf) > 0)
    return false;
  const std::string_view kind = ts_node_type(leaf);
  return kind.front() >= 'a' && kind.front() <= 'z';
}

/// Whether a block follows the colon: the header's node has one, or, in an error, the line begins
/// with a keyword.
bool ends_header(const SyntaxTree& tree, TSNode colon, std::string_view text) {
  const TSNode parent = ts_node_parent(colon);
  if (ts_node_is_null(parent)) return false;
  if (ts_node_is_error(parent)) {
    std::size_t first = line_begin(text, ts_node_start_byte(colon));
    while (is_blank(text[first])) ++first;
    return is_keyword(leaf_at(tree, first));
  }
  return std::ranges::any_of(kBlockFields, [&](std::string_view field) {
    const TSNode block =
        ts_node_child_by_field_name(parent, field.data(), static_cast<std::uint32_t>(field.size()));
    return !ts_node_is_null(block) && ts_node_start_byte(block) >= ts_node_end_byte(colon);
  });
}

/// Where the statement begins that the opening token ends the header of: the line tells the
/// indentation, also of a header that goes over several lines.
std::size_t header_begin(const SyntaxTree* tree, std::size_t opener) {
  if (!tree || !tree->has_tree()) return opener;
  TSNode node = leaf_at(*tree, opener);
  std::size_t begin = opener;
  // From the token to its block, and to what has the block. What is an error tells nothing.
  for (int steps = 0; steps < 2; ++steps) {
    node = ts_node_parent(node);
    if (ts_node_is_null(node) || ts_node_is_error(node) || ts_node_is_null(ts_node_parent(node))) {
      break;
    }
    begin = ts_node_start_byte(node);
    if (begin < opener) break;
  }
  return begin;
}

/// Where the brace is closed behind the cursor; nothing if it is not.
std::optional<std::size_t> closing_brace(const SyntaxTree& tree, std::size_t opener) {
  const TSNode parent = ts_node_parent(leaf_at(tree, opener));
  if (ts_node_is_null(parent) || ts_node_is_error(parent)) return std::nullopt;
  const TSNode last = ts_node_child(parent, ts_node_child_count(parent) - 1);
  if (ts_node_is_missing(last) || std::string_view(ts_node_type(last)) != "}") return std::nullopt;
  return ts_node_start_byte(last);
}

std::size_t indentation_at(std::string_view text, std::size_t offset) {
  const std::size_t begin = line_begin(text, offset);
  return indentation(text.substr(begin, line_end(text, offset) - begin)).value_or(0);
}

/// Fills in whether the block is closed behind the cursor; false if it has statements there.
bool look_behind(const SyntaxTree* tree, std::string_view text, ByteSpan gap, std::size_t opener,
                 OpenedBlock& block) {
  std::size_t next = gap.last;
  while (next < text.size() && is_blank(text[next])) ++next;
  if (next == text.size()) return true;
  const bool has_brace = block.ends_with == BlockEnd::kBrace && text[next] == '}';
  if (next < line_end(text, gap.last)) {
    block.is_closed = has_brace;
    return has_brace || std::string_view(")]};,").find(text[next]) != std::string_view::npos;
  }
  const std::size_t columns = indentation_at(text, next);
  if (has_brace) {
    // One that is indented less closes a block further out.
    block.is_closed = columns >= block.header_indentation;
    return true;
  }
  if (columns != block.header_indentation || block.ends_with == BlockEnd::kIndentation) {
    return columns <= block.header_indentation;
  }
  // Statements that are not indented, as in a namespace, or what follows the block.
  if (!tree || !tree->has_tree()) return true;
  const auto brace = closing_brace(*tree, opener);
  return !brace || indentation_at(text, *brace) != block.header_indentation;
}

}  // namespace

bool begins_statements(const SyntaxTree& tree, std::string_view text, std::size_t brace) {
  const TSNode parent = ts_node_parent(leaf_at(tree, brace));
  // What a node is where there are errors says little.
  if (ts_node_is_null(parent) || ts_node_has_error(parent)) return !follows_as_value(text, brace);
  const std::string_view kind = ts_node_type(parent);
  return std::ranges::none_of(kLiterals, [&](std::string_view literal) {
    return kind.find(literal) != std::string_view::npos;
  });
}

OpenedBlock block_opened_by_word(std::string_view text, std::size_t cursor) {
  const std::size_t word = end_without_blanks(text, cursor);
  return {.ends_with = BlockEnd::kWord,
          .header_indentation = indentation_at(text, word),
          .is_in_header_line = line_begin(text, cursor) <= word};
}

std::optional<OpenedBlock> block_opened_at(const SyntaxTree* tree, std::string_view text,
                                           ByteSpan gap) {
  const std::size_t end = end_of_code(tree, text, gap.first);
  if (end == 0) return std::nullopt;
  const std::size_t opener = end - 1;
  if (text[opener] != '{' && text[opener] != ':') return std::nullopt;
  const bool has_tree = tree && tree->has_tree();
  if (has_tree) {
    const TSNode leaf = leaf_at(*tree, opener);
    if (ts_node_is_null(leaf) || ts_node_is_named(leaf)) return std::nullopt;
    const bool opens = text[opener] == '{' ? begins_statements(*tree, text, opener)
                                           : ends_header(*tree, leaf, text);
    if (!opens) return std::nullopt;
  }
  OpenedBlock block;
  // Without a tree nobody knows a brace from a byte of a text.
  block.ends_with = has_tree && text[opener] == '{' ? BlockEnd::kBrace : BlockEnd::kIndentation;
  block.header_indentation = indentation_at(text, header_begin(tree, opener));
  block.is_in_header_line = line_begin(text, gap.first) <= opener;
  if (!look_behind(tree, text, gap, opener, block)) return std::nullopt;
  return block;
}

}  // namespace nextline::lsp
