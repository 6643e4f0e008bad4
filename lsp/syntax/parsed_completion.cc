#include "lsp/syntax/parsed_completion.h"

#include <algorithm>
#include <utility>

#include "lsp/syntax/lines.h"
#include "lsp/syntax/open_brackets.h"
#include "lsp/syntax/syntax_tree.h"

namespace nextline::lsp {
namespace {

/// A line may take three quarters of it: some 40 ms of code, about what the model takes for a token
/// or two on a processor.
constexpr std::uint64_t kMostSteps = 400'000;

/// What counts as near the gap is so many bytes on each side, and what is left of the statements at
/// the top of the file that they end in.
constexpr std::size_t kNear = 4096;

/// The statements at the top of the file that surround the gap, as whole lines.
ByteSpan surroundings(const SyntaxTree& tree, std::string_view text, ByteSpan gap) {
  const ByteSpan all{0, text.size()};
  if (ts_node_is_error(tree.root())) return all;
  TreeCursor cursor(tree.root());
  const std::size_t nearest = gap.first - std::min(gap.first, kNear);
  if (!cursor.to_child_ending_behind(static_cast<std::uint32_t>(nearest))) return all;
  const std::size_t first =
      std::min<std::size_t>(line_begin(text, ts_node_start_byte(cursor.node())), gap.first);
  std::size_t last = 0;
  do {
    last = ts_node_end_byte(cursor.node());
  } while (last < gap.last + kNear && cursor.to_next_sibling());
  return {first, last < gap.last + kNear ? text.size() : next_line(text, last)};
}

}  // namespace

ParsedCompletion::ParsedCompletion(const SyntaxTree* tree, std::string_view text, ByteSpan gap,
                                   std::string_view typed, bool opens_block)
    : cursor_(gap.first + typed.size()),
      is_blank_behind_(gap.last == text.size() || is_blank(text[gap.last])),
      brackets_(std::make_unique<OpenBrackets>()) {
  ByteSpan near{0, text.size()};
  if (tree && tree->has_tree()) {
    tree_ = std::make_unique<SyntaxTree>(*tree, kMostSteps);
    near = surroundings(*tree, text, gap);
  }
  // What a completion leaves open for a while makes nonsense of what is behind it, again and again:
  // that is to be little.
  std::string placed;
  placed.reserve(near.last - gap.size() + typed.size());
  placed.append(text.substr(0, gap.first)).append(typed);
  placed.append(text.substr(gap.last, near.last - gap.last));
  if (tree_) {
    Replacements edits;
    if (near.last < text.size()) edits.add(near.last, text.size() - near.last, 0);
    if (!gap.is_empty() || !typed.empty()) edits.add(gap.first, gap.size(), typed.size());
    if (!edits.empty()) tree_->update(text, placed, edits.list());
  }
  near_first_ = near.first;
  const std::size_t line = line_begin(placed, cursor_);
  line_before_ = placed.substr(line, cursor_ - line);
  opened_block_ = block_opened_at(tree_.get(), placed, {cursor_, cursor_});
  if (opens_block && !opened_block_) opened_block_ = block_opened_by_word(placed, cursor_);
  if (!has_tree()) return;
  text_ = std::move(placed);
  look();
  errors_without_ = errors_;
}

ParsedCompletion::~ParsedCompletion() = default;
ParsedCompletion::ParsedCompletion(ParsedCompletion&&) noexcept = default;
ParsedCompletion& ParsedCompletion::operator=(ParsedCompletion&&) noexcept = default;

bool ParsedCompletion::has_tree() const { return tree_ && tree_->has_tree(); }

void ParsedCompletion::parse(std::string_view completion) {
  if (!has_tree()) return;
  const std::string_view was = std::string_view(text_).substr(cursor_, size_);
  const auto [differs, place] = std::ranges::mismatch(was, completion);
  auto same = static_cast<std::size_t>(differs - was.begin());
  if (same == was.size() && same == completion.size()) return;
  // What was read as code within a string that nothing ended would be taken for code again.
  if (brackets_->ends_in_token) same = 0;
  text_before_update_ = text_;
  text_.replace(cursor_ + same, size_ - same, completion.substr(same));
  const Replacement edit{cursor_ + same, cursor_ + size_, cursor_ + same,
                         cursor_ + completion.size()};
  size_ = completion.size();
  tree_->update(text_before_update_, text_, {&edit, 1});
  look();
}

void ParsedCompletion::look() {
  *brackets_ = open_brackets(*tree_, text_, {cursor_, cursor_ + size_});
  errors_ = syntax_errors(*tree_, near_first_, cursor_ - line_before_.size(), cursor_);
}

bool ParsedCompletion::is_open() const {
  return brackets_->ends_in_token || !brackets_->opened.empty();
}

bool ParsedCompletion::leaves_statement_open() const {
  if (!has_tree() || brackets_->opened.empty()) return brackets_->ends_in_token;
  const OpenBrackets::Bracket& outermost = brackets_->opened.front();
  return outermost.kind != '{' || !begins_statements(*tree_, text_, outermost.place);
}

std::optional<std::size_t> ParsedCompletion::closing_brace() const {
  const auto brace = std::ranges::find(brackets_->closed, '}', &OpenBrackets::Bracket::kind);
  if (brace == brackets_->closed.end()) return std::nullopt;
  return brace->place - cursor_;
}

}  // namespace nextline::lsp
