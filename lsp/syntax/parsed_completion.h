#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lsp/syntax/byte_span.h"
#include "lsp/syntax/opened_block.h"
#include "lsp/syntax/syntax_errors.h"

namespace nextline::lsp {

class SyntaxTree;
struct OpenBrackets;

/// A completion in its place: the text before the gap, the completion, the text behind, parsed as
/// it grows. Of a long text it is what surrounds the gap: some kilobytes and the definitions that
/// they lie in.
///
/// Where the language is not known, or parsing took too much, there is no tree: then nothing is
/// said to be open or wrong. Work is counted, not timed, so the same text always has a tree or has
/// none.
///
/// Belongs to one thread. It has a copy of the text that is parsed, and of the tree what differs.
class ParsedCompletion {
 public:
  /// `tree`: that of `text`; null if there is none. The completion takes the place of the bytes
  /// `gap`, behind what is `typed`, which is part of the text before it. `opens_block`: whether the
  /// language says that a block begins at the gap, be it with a brace, a colon or a word.
  ParsedCompletion(const SyntaxTree* tree, std::string_view text, ByteSpan gap,
                   std::string_view typed, bool opens_block);
  ~ParsedCompletion();
  ParsedCompletion(ParsedCompletion&&) noexcept;
  ParsedCompletion& operator=(ParsedCompletion&&) noexcept;

  /// The block that the cursor opens.
  const std::optional<OpenedBlock>& opened_block() const { return opened_block_; }
  /// What stands before the completion in its line.
  std::string_view line_before() const { return line_before_; }
  /// Whether a blank, a line end or nothing stands right behind the completion.
  bool is_blank_behind() const { return is_blank_behind_; }
  bool has_tree() const;

  /// The completion has become `completion`. It is parsed anew from where it differs from what it
  /// was, and should end where a line does.
  void parse(std::string_view completion);

  /// Whether the completion ends within a bracket, a string or a comment that it began.
  bool is_open() const;
  /// Whether it is open, and not merely because it began a block.
  bool leaves_statement_open() const;
  /// Where in the completion the first brace is that closes one before the completion.
  std::optional<std::size_t> closing_brace() const;
  /// The errors of the completion and of what surrounds it.
  const SyntaxErrors& errors() const { return errors_; }
  /// Those of what surrounds it alone.
  const SyntaxErrors& errors_without() const { return errors_without_; }

 private:
  /// Reads off the tree what is asked.
  void look();

  std::string text_;  // What is parsed; empty without a tree.
  std::string text_before_update_;
  std::size_t near_first_ = 0;  // Where in it what surrounds the completion begins.
  std::size_t cursor_;          // Where in it the completion begins.
  std::size_t size_ = 0;
  std::string line_before_;
  bool is_blank_behind_;
  std::unique_ptr<SyntaxTree> tree_;
  std::optional<OpenedBlock> opened_block_;
  std::unique_ptr<OpenBrackets> brackets_;
  SyntaxErrors errors_;
  SyntaxErrors errors_without_;
};

}  // namespace nextline::lsp
