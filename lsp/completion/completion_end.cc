#include "lsp/completion/completion_end.h"

#include <algorithm>
#include <string>
#include <utility>

#include "lsp/syntax/lines.h"

namespace nextline::lsp {
namespace {

/// Lines that a statement may take to be complete.
constexpr std::size_t kMostStatementLines = 8;
/// Blank lines in a row: more is no code, but a model that has nothing to say.
constexpr std::size_t kMostBlankLines = 3;

/// With so many errors the text around counts as code that can be parsed: a bracket that is still
/// missing somewhere is one.
constexpr std::size_t kToleratedErrors = 1;

std::size_t size_without_blanks(std::string_view text) {
  std::size_t size = text.size();
  while (size > 0 && is_blank(text[size - 1])) --size;
  return size;
}

bool begins_with_comment(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  if (first == std::string_view::npos) return false;
  return line.substr(first).starts_with("#") || line.substr(first).starts_with("//");
}

std::size_t columns_of(std::string_view blanks) { return *indentation(std::string(blanks) + "x"); }

}  // namespace

std::optional<CompletionExtent> extent_from_name(std::string_view name) {
  if (name == "line") return CompletionExtent::kLine;
  if (name == "block") return CompletionExtent::kBlock;
  if (name == "automatic") return CompletionExtent::kAutomatic;
  return std::nullopt;
}

CompletionEnd::CompletionEnd(ParsedCompletion completion, const CompletionEndOptions& options)
    : completion_(std::move(completion)), options_(options) {
  if (options.extent == CompletionExtent::kLine) return;
  block_ = completion_.opened_block();
  if (block_) {
    const bool has_brace = block_->ends_with == BlockEnd::kBrace;
    least_columns_ = block_->header_indentation + (has_brace ? 0 : 1);
  } else if (options.extent == CompletionExtent::kBlock) {
    // The rest of the block around, whose brace, if it has one, is taken to stand behind.
    const std::string_view line = completion_.line_before();
    least_columns_ = columns_of(line.substr(0, line.find_first_not_of(" \t\r")));
    block_ = OpenedBlock{.is_closed = true, .header_indentation = least_columns_};
    block_has_line_ = true;
  }
}

std::optional<std::size_t> CompletionEnd::end_of(std::string_view text) {
  while (!has_ended_ && seen_ < text.size()) {
    const auto end = take(text, seen_);
    ++seen_;
    has_ended_ = end.has_value();
    if (end) return end;
  }
  return std::nullopt;
}

std::optional<std::size_t> CompletionEnd::take(std::string_view text, std::size_t place) {
  if (text[place] == '\n') return end_line(text, place);
  const std::string_view line = text.substr(line_first_, place + 1 - line_first_);
  if (const auto piece = repeated_pieces_.take(line)) {
    return is_first_line() ? line_first_ + *piece : end_before();
  }
  if (line_has_text_ || is_blank(text[place])) return std::nullopt;
  line_has_text_ = true;
  return block_ ? begin_line(text, place) : std::nullopt;
}

std::optional<std::size_t> CompletionEnd::begin_line(std::string_view text, std::size_t place) {
  if (completion_.is_open()) return std::nullopt;
  const char first = text[place];
  if (block_->is_closed && first == '}') return end_before_brace(text, place);
  std::string blanks(text.substr(line_first_, place - line_first_));
  if (line_first_ == 0) {
    // What stands before the cursor in its line begins this one.
    if (size_without_blanks(completion_.line_before()) > 0) return std::nullopt;
    blanks.insert(0, completion_.line_before());
  }
  const std::size_t columns = columns_of(blanks);
  if (leaves_block(columns, first)) {
    may_close_block_ = may_close_block(columns);
    return may_close_block_ ? std::nullopt : std::optional(end_before());
  }
  // Where indentation ends the block, its first line says how far the others are indented.
  const bool is_first = !std::exchange(block_has_line_, true);
  if (is_first && block_->ends_with != BlockEnd::kBrace && completion_.has_tree()) {
    least_columns_ = columns;
  }
  return std::nullopt;
}

bool CompletionEnd::leaves_block(std::size_t columns, char first) const {
  if (columns >= least_columns_) return false;
  // In a block with braces directives stand where they like, and the brace speaks for itself.
  return block_->ends_with != BlockEnd::kBrace || (first != '#' && first != '}');
}

bool CompletionEnd::may_close_block(std::size_t columns) const {
  return block_->ends_with == BlockEnd::kWord && columns == block_->header_indentation &&
         completion_.has_tree();
}

std::size_t CompletionEnd::end_of_closing_line() const {
  const Line& line = lines_.back();
  const bool is_first = lines_.size() == 1;
  const SyntaxErrors& before =
      is_first ? completion_.errors_without() : lines_[lines_.size() - 2].errors;
  if (line.errors < before) return line.end;
  return is_first ? 0 : lines_[lines_.size() - 2].end;
}

std::optional<std::size_t> CompletionEnd::end_line(std::string_view text, std::size_t place) {
  const std::size_t first = std::exchange(line_first_, place + 1);
  repeated_pieces_.clear();
  if (!std::exchange(line_has_text_, false)) {
    return ++blank_lines_ > kMostBlankLines ? std::optional(end_before()) : std::nullopt;
  }
  blank_lines_ = 0;
  std::size_t end = place;
  if (end > first && text[end - 1] == '\r') --end;
  if (repeated_lines_.take(text.substr(first, end - first))) return end_before();
  completion_.parse(text.substr(0, end));
  lines_.push_back({end, completion_.errors()});
  if (may_close_block_) return end_of_closing_line();
  if (block_) return end_of_block(text);
  const auto statement_end = end_of_statement();
  if (!statement_end && !statement_end_ && !completion_.is_open()) statement_end_ = end;
  return statement_end;
}

std::optional<std::size_t> CompletionEnd::end_of_statement() const {
  const Line& line = lines_.back();
  if (lines_.size() == 1) {
    const bool goes_on =
        options_.open_statement == OpenStatement::kFinish && completion_.leaves_statement_open();
    if (!goes_on) return line.end;
  } else if (!completion_.is_open() && line.errors <= completion_.errors_without()) {
    return line.end;
  }
  return lines_.size() < kMostStatementLines ? std::nullopt
                                             : std::optional(end_of_open_statement());
}

std::size_t CompletionEnd::end_of_open_statement() const {
  return statement_end_.value_or(lines_.front().end);
}

std::optional<std::size_t> CompletionEnd::end_of_block(std::string_view text) {
  if (const auto brace = completion_.closing_brace()) {
    return block_->is_closed ? end_before_brace(text, *brace) : end_behind_brace(text, *brace);
  }
  const std::size_t end = lines_.back().end;
  if (lines_.size() >= options_.most_lines) return end;
  // A block in the line of its header.
  const bool is_whole = lines_.size() == 1 && block_->ends_with != BlockEnd::kBrace &&
                        block_->is_in_header_line && !block_has_line_ && !completion_.is_open() &&
                        !begins_with_comment(text.substr(0, end));
  return is_whole ? std::optional(end) : std::nullopt;
}

std::size_t CompletionEnd::end_before_brace(std::string_view text, std::size_t brace) const {
  // Where the brace behind stands right at the cursor, the blanks before this one are its own.
  return completion_.is_blank_behind() ? size_without_blanks(text.substr(0, brace)) : brace;
}

std::size_t CompletionEnd::end_behind_brace(std::string_view text, std::size_t brace) {
  const std::size_t line = lines_.back().end;
  std::size_t end = brace + 1;
  while (end < line && std::string_view(")];,").find(text[end]) != std::string_view::npos) ++end;
  if (end < line) return brace + 1;
  const SyntaxErrors errors = completion_.errors();
  completion_.parse(text.substr(0, brace + 1));
  return errors <= completion_.errors() ? end : brace + 1;
}

FinishedCompletion CompletionEnd::finish(std::string_view text, bool is_cut_off) {
  auto end = end_of(text);
  if (!end && is_cut_off && !lines_.empty()) {
    text = text.substr(0, end_before());
    line_has_text_ = false;
  }
  if (!end && !has_ended_ && line_has_text_) end = end_line(text, text.size());
  const bool was_cut = end || has_ended_;
  has_ended_ = true;
  std::size_t size = end.value_or(text.size());
  if (block_ && completion_.is_blank_behind()) size = size_without_blanks(text.substr(0, size));
  completion_.parse(text.substr(0, size));
  if (!block_ && !was_cut && lines_.size() > 1 && completion_.is_open() &&
      completion_.errors() > completion_.errors_without()) {
    size = end_of_open_statement();
  } else {
    size = end_with_fewest_errors(size);
  }
  completion_.parse(text.substr(0, size));
  return {size, completion_.errors() > completion_.errors_without()};
}

std::size_t CompletionEnd::end_with_fewest_errors(std::size_t size) const {
  SyntaxErrors fewest = completion_.errors();
  std::size_t best = size;
  for (auto line = lines_.rbegin(); line != lines_.rend(); ++line) {
    // Where what surrounds the line is not understood, its errors say nothing.
    if (line->errors.is_around || line->errors.count > kToleratedErrors) continue;
    if (line->end >= size || line->errors >= fewest) continue;
    fewest = line->errors;
    best = line->end;
  }
  return best;
}

void finish(CompletionEnd& end, Completion& completion) {
  const bool is_cut_off = completion.finish_reason != FinishReason::kStopRule &&
                          completion.finish_reason != FinishReason::kEndOfText;
  completion.text.resize(end.finish(completion.text, is_cut_off).size);
}

}  // namespace nextline::lsp
