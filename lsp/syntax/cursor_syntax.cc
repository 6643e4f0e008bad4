#include "lsp/syntax/cursor_syntax.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "lsp/syntax/byte_span.h"
#include "lsp/syntax/delimiters.h"
#include "lsp/syntax/lines.h"
#include "lsp/syntax/syntax_tree.h"

namespace nextline::lsp {
namespace {

using Within = CursorSyntax::Within;

/// Bytes before the cursor that are scanned where there are errors: some thousand lines.
constexpr std::size_t kFarthest = std::size_t{64} << 10;
/// Blank lines behind the cursor, and comments before it, that are passed over.
constexpr int kMostPassed = 64;
/// Nodes around a token that say what it is: an object's brace stands for a block's three further
/// out.
constexpr std::size_t kNearest = 4;
/// Children of an error that are looked through: one may be the whole text.
constexpr std::uint32_t kMostChildren = 4096;

ByteSpan span_of(TSNode node) { return {ts_node_start_byte(node), ts_node_end_byte(node)}; }

/// Whether there are only blanks and closing marks.
bool only_closes(std::string_view rest) {
  return rest.find_first_not_of(" \t\r)]};,\"'`") == std::string_view::npos;
}

std::size_t indentation(std::string_view text, std::size_t offset) {
  std::size_t columns = 0;
  for (std::size_t i = line_begin(text, offset); i < text.size() && is_blank(text[i]); ++i) {
    if (text[i] == '\n') break;
    columns += text[i] == '\t' ? 8 : 1;
  }
  return columns;
}

/// Whether the next line that is not blank is indented deeper than `depth` columns.
bool goes_on_deeper(std::string_view text, std::size_t offset, std::size_t depth) {
  std::size_t line = next_line(text, offset);
  for (int i = 0; i < kMostPassed && line < text.size(); ++i) {
    const std::string_view content = text.substr(line, line_end(text, line) - line);
    if (!std::ranges::all_of(content, is_blank)) return indentation(text, line) > depth;
    line = next_line(text, line);
  }
  return false;
}

/// What is before the cursor, without the blanks at its end.
std::size_t end_of_words(std::string_view text, std::size_t offset) {
  while (offset > 0 && is_blank(text[offset - 1])) --offset;
  return offset;
}

/// Whether a block that is opened before `opener_end`, by what is indented `depth` columns, has
/// nothing in it, as far as lines tell.
bool has_nothing_in_it(std::string_view text, std::size_t offset, std::size_t depth) {
  const std::string_view rest = text.substr(offset, line_end(text, offset) - offset);
  return only_closes(rest) && !goes_on_deeper(text, offset, depth);
}

/// What a text's lines tell without a tree.
CursorSyntax of_lines(const Delimiters* delimiters, std::string_view text, std::size_t offset) {
  CursorSyntax found;
  const std::size_t begin = line_begin(text, offset);
  std::string_view line = text.substr(begin, offset - begin);
  if (delimiters != nullptr) {
    found.within = delimiters->within(text, begin, offset);
  } else {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.starts_with('#') || line.starts_with("//")) found.within = Within::kComment;
  }
  if (found.within != Within::kCode) return found;
  const std::size_t end = end_of_words(text, offset);
  if (end == 0) return found;
  const char last = text[end - 1];
  found.opens_block =
      (last == ':' || last == '{') && has_nothing_in_it(text, offset, indentation(text, end - 1));
  found.ends_statement = end > begin && (last == ';' || last == '}') &&
                         only_closes(text.substr(offset, line_end(text, offset) - offset));
  return found;
}

/// Asks a tree what its grammar's query says of the nodes around a place.
class Place {
 public:
  Place(const SyntaxTree& tree, const Delimiters* delimiters, std::string_view text)
      : tree_(tree), delimiters_(delimiters), text_(text), cursor_(ts_query_cursor_new()) {
    ts_query_cursor_set_max_start_depth(cursor_.get(), 0);
    ts_query_cursor_set_match_limit(cursor_.get(), 64);
  }

  CursorSyntax at(std::size_t offset) {
    CursorSyntax found;
    found.within = within(offset);
    if (found.within != Within::kCode) return found;
    const std::optional<std::size_t> end = end_of_code(offset);
    if (!end) return found;
    const std::size_t begin = line_begin(text_, offset);
    const bool closes_line = only_closes(text_.substr(offset, line_end(text_, offset) - offset));
    if (!closes_line) return found;
    const TokenRoles roles = roles_of_token(*end);
    found.opens_block = roles.opens && !goes_on_deeper(text_, offset, roles.depth);
    found.ends_statement = roles.ends && *end > begin;
    return found;
  }

 private:
  /// What a token is to what it stands in.
  struct TokenRoles {
    bool opens = false;
    bool ends = false;
    std::size_t depth = 0;  // The columns that what it opens is indented.
  };

  std::vector<TSNode> path_to(std::size_t first, std::size_t last) const {
    std::vector<TSNode> path;
    tree_.visit_around(first, last, [&](TSNode node) { path.push_back(node); });
    return path;
  }

  /// Calls `visit(role, captured)` for what the query captures in `node`, if that begins a match.
  template <typename Visit>
  void captures(TSNode node, Visit visit) {
    if (ts_node_child_count(node) > kMostChildren) return;
    ts_query_cursor_exec(cursor_.get(), tree_.grammar().cursor_query(), node);
    TSQueryMatch match;
    while (ts_query_cursor_next_match(cursor_.get(), &match)) {
      for (std::uint16_t i = 0; i < match.capture_count; ++i) {
        visit(tree_.grammar().cursor_role(match.captures[i].index), match.captures[i].node);
      }
    }
  }

  Within within(std::size_t offset) {
    if (offset == 0) return Within::kCode;
    bool is_told = false;
    Within found = Within::kCode;
    for (const TSNode node : path_to(offset - 1, offset - 1)) {
      captures(node, [&](CursorRole role, TSNode captured) {
        if (!ts_node_eq(captured, node) || !reaches(node, role, offset)) return;
        if (role == CursorRole::kWithinComment) found = Within::kComment;
        if (role == CursorRole::kWithinString) found = Within::kString;
        if (role == CursorRole::kWithinCode) found = Within::kCode;
        is_told |= role <= CursorRole::kWithinCode;
      });
    }
    if (is_told || delimiters_ == nullptr || !is_near_error(offset)) return found;
    return delimiters_->within(text_, begin_of_errors(offset), offset);
  }

  /// Whether a node that has the byte before a place goes on at the place.
  bool reaches(TSNode node, CursorRole role, std::size_t offset) const {
    if (offset < ts_node_end_byte(node)) return true;
    if (role == CursorRole::kWithinComment) {
      const bool ends_with_line =
          delimiters_ == nullptr || !text_.substr(0, offset).ends_with("*/");
      return ends_with_line && text_[offset - 1] != '\n' && is_line_comment(node);
    }
    const std::uint32_t children = ts_node_child_count(node);
    return role <= CursorRole::kWithinCode && children > 0 &&
           ts_node_is_missing(ts_node_child(node, children - 1));
  }

  bool is_line_comment(TSNode node) const {
    const std::string_view comment = span_of(node).of(text_);
    if (delimiters_ == nullptr) return true;
    for (const Delimited& each : delimiters_->list) {
      if (each.within == Within::kComment && comment.starts_with(each.opener)) return false;
    }
    return true;
  }

  /// Whether the statement or the line has an error.
  bool is_near_error(std::size_t offset) const {
    const TSNode root = tree_.root();
    if (!ts_node_has_error(root)) return false;
    TSNode innermost = root;
    tree_.visit_around(line_begin(text_, offset), line_end(text_, offset),
                       [&](TSNode node) { innermost = node; });
    return ts_node_has_error(innermost) || ts_node_end_byte(root) <= offset;
  }

  /// Where the outermost statements begin that have errors and go up to a place; if that is far,
  /// where its line begins.
  std::size_t begin_of_errors(std::size_t offset) const {
    const std::size_t line = line_begin(text_, offset);
    TreeCursor cursor(tree_.root());
    if (!cursor.to_child_ending_behind(static_cast<std::uint32_t>(line == 0 ? 0 : line - 1))) {
      if (ts_node_child_count(tree_.root()) == 0) return 0;
    }
    TSNode node = cursor.node();
    std::size_t begin = std::min<std::size_t>(ts_node_start_byte(node), line);
    for (int i = 0; i < kMostPassed; ++i) {
      node = ts_node_prev_sibling(node);
      if (ts_node_is_null(node) || !ts_node_has_error(node)) break;
      begin = std::min<std::size_t>(ts_node_start_byte(node), begin);
    }
    return offset - begin > kFarthest ? line : begin;
  }

  /// Where the last token before a place ends, behind which there are blanks and comments only.
  std::optional<std::size_t> end_of_code(std::size_t offset) {
    for (int i = 0; i < kMostPassed; ++i) {
      offset = end_of_words(text_, offset);
      if (offset == 0) return std::nullopt;
      std::optional<std::size_t> comment;
      for (const TSNode node : path_to(offset - 1, offset - 1)) {
        if (tree_.grammar().is_comment(node)) comment = ts_node_start_byte(node);
      }
      if (!comment) return offset;
      offset = *comment;
    }
    return std::nullopt;
  }

  TokenRoles roles_of_token(std::size_t end) {
    TokenRoles roles;
    bool is_none = false;
    std::vector<TSNode> path = path_to(end - 1, end - 1);
    if (path.empty()) return roles;
    const ByteSpan token = span_of(path.back());
    if (token.last != end) return roles;
    roles.depth = indentation(text_, token.first);
    bool knows_depth = false;
    for (std::size_t i = 0; i < path.size() && i <= kNearest; ++i) {
      const TSNode node = path[path.size() - 1 - i];
      captures(node, [&](CursorRole role, TSNode captured) {
        const ByteSpan span = span_of(captured);
        const bool is_token = span.last == end && span.first <= token.first && !span.is_empty();
        const bool is_block = role == CursorRole::kBlock;
        roles.opens |= (is_token && role == CursorRole::kBlockOpener) ||
                       (is_block && span.first == token.first);
        roles.ends |=
            (is_token && (role == CursorRole::kBlockCloser || role == CursorRole::kStatementEnd)) ||
            (is_block && is_token && span.first < token.first);
        is_none |= is_token && role == CursorRole::kNone;
      });
      if (!knows_depth && ts_node_start_byte(node) < token.first) {
        knows_depth = true;
        if (!ts_node_is_error(node)) roles.depth = indentation(text_, ts_node_start_byte(node));
      }
    }
    if (is_none) roles.opens = roles.ends = false;
    return roles;
  }

  const SyntaxTree& tree_;
  const Delimiters* delimiters_;
  std::string_view text_;
  QueryCursorPointer cursor_;
};

}  // namespace

CursorSyntax cursor_syntax(const SyntaxTree* tree, const Delimiters* delimiters,
                           std::string_view text, std::size_t offset) {
  if (tree == nullptr || !tree->has_tree()) return of_lines(delimiters, text, offset);
  return Place(*tree, delimiters, text).at(offset);
}

}  // namespace nextline::lsp
