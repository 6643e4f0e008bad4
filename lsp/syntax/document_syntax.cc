#include "lsp/syntax/document_syntax.h"

#include <algorithm>
#include <utility>

#include "lsp/syntax/changed_definitions.h"
#include "lsp/syntax/delimiters.h"
#include "lsp/syntax/grammar.h"
#include "lsp/syntax/lines.h"
#include "lsp/syntax/name_uses.h"
#include "lsp/syntax/rest_of_block.h"
#include "lsp/syntax/syntax_tree.h"

namespace nextline::lsp {
namespace {

/// Edits of one update that are looked at; a whole file that is formatted has more.
constexpr std::size_t kMostEdits = 64;

/// What stands right behind the edits.
std::vector<StaleSpan> spans_behind(const SyntaxTree* tree, std::string_view text,
                                    std::span<const Replacement> edits) {
  std::vector<StaleSpan> spans;
  std::size_t reached = 0;  // Where the farthest span so far ends.
  for (const Replacement& edit : edits) {
    const std::size_t end = tree && tree->has_tree()
                                ? end_of_block(*tree, text, edit.new_first, edit.new_last)
                                : end_of_indented_block(text, edit.new_last);
    if (!spans.empty()) spans.back().last = std::min(spans.back().last, edit.new_first);
    reached = std::max(reached, end);
    spans.push_back({edit.new_last, reached, StaleReason::kBehindEdit});
  }
  std::erase_if(spans, [](const StaleSpan& span) { return span.first >= span.last; });
  return spans;
}

}  // namespace

DocumentSyntax::DocumentSyntax(std::string_view path, std::string_view text)
    : delimiters_(Delimiters::of_file(path)) {
  if (const Grammar* const grammar = Grammar::of_file(path)) {
    tree_ = std::make_unique<SyntaxTree>(*grammar, text);
  }
}

DocumentSyntax::DocumentSyntax(const DocumentSyntax& other) : delimiters_(other.delimiters_) {
  if (other.tree_) tree_ = std::make_unique<SyntaxTree>(*other.tree_, SyntaxTree::kMostSteps);
}

DocumentSyntax::~DocumentSyntax() = default;
DocumentSyntax::DocumentSyntax(DocumentSyntax&&) noexcept = default;
DocumentSyntax& DocumentSyntax::operator=(DocumentSyntax&&) noexcept = default;

std::vector<StaleSpan> DocumentSyntax::update(std::string_view before, std::string_view after,
                                              std::span<const Replacement> edits) {
  const auto looked_at = edits.first(std::min(edits.size(), kMostEdits));
  const EditedTexts texts{before, after};
  std::vector<ChangedSymbol> symbols;
  const auto add_changed = [&](Side side) {
    for (const Replacement& edit : looked_at) {
      add_changed_definitions(*tree_, side, texts, edit, symbols);
    }
  };
  if (tree_) {
    // What was defined is known as long as the tree is the old text's.
    add_changed(Side::kBefore);
    tree_->update(before, after, edits);
    add_changed(Side::kAfter);
  }
  std::vector<StaleSpan> spans = spans_behind(tree_.get(), after, looked_at);
  if (tree_ && !symbols.empty()) {
    const std::vector<StaleSpan> lines = lines_naming(*tree_, after, std::move(symbols));
    spans.insert(spans.end(), lines.begin(), lines.end());
  }
  return spans;
}

CursorSyntax DocumentSyntax::at(std::string_view text, std::size_t offset) const {
  return cursor_syntax(tree_.get(), delimiters_, text, offset);
}

ParsedCompletion DocumentSyntax::completion_at(std::string_view text, ByteSpan gap,
                                               std::string_view typed) const {
  const bool opens_block = typed.empty() && at(text, gap.first).opens_block;
  return ParsedCompletion(tree_.get(), text, gap, typed, opens_block);
}

}  // namespace nextline::lsp
