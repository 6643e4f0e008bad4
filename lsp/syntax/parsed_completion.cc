#include "lsp/syntax/parsed_completion.h"

#include <algorithm>
#include <utility>

#include "lsp/syntax/lines.h"
#include "lsp/syntax/open_brackets.h"
#include "lsp/syntax/syntax_tree.h"

namespace nextline::lsp {
namespace {

/// A line may take a quarter of it: some 20 ms of code, less than the model takes for a token or
/// two on a processor.
constexpr std::uint64_t kMostSteps = 400'000;

}  // namespace

ParsedCompletion::ParsedCompletion(const SyntaxTree* tree, std::string_view text, ByteSpan gap,
                                   std::string_view typed)
    : cursor_(gap.first + typed.size()),
      is_blank_behind_(gap.last == text.size() || is_blank(text[gap.last])),
      brackets_(std::make_unique<OpenBrackets>()) {
  std::string placed;
  placed.reserve(text.size() - gap.size() + typed.size());
  placed.append(text.substr(0, gap.first)).append(typed).append(text.substr(gap.last));
  if (tree && tree->has_tree()) {
    tree_ = std::make_unique<SyntaxTree>(*tree, kMostSteps);
    const Replacement edit{gap.first, gap.last, gap.first, cursor_};
    if (!gap.is_empty() || !typed.empty()) tree_->update(text, placed, {&edit, 1});
  }
  const std::size_t line = line_begin(placed, cursor_);
  line_before_ = placed.substr(line, cursor_ - line);
  opened_block_ = block_opened_at(tree_.get(), placed, {cursor_, cursor_});
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
  errors_ = syntax_errors(*tree_, cursor_ - line_before_.size(), cursor_);
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
