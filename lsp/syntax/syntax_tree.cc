#include "lsp/syntax/syntax_tree.h"

#include <algorithm>
#include <cassert>
#include <new>
#include <utility>

#include "lsp/syntax/large_errors.h"
#include "lsp/syntax/lines.h"
#include "lsp/syntax/parse_work.h"

namespace nextline::lsp {
namespace {

/// What the parser reads at once.
constexpr std::size_t kChunk = 4096;
/// An update is to cost less than opening a document: there is one at each key. But a bracket that
/// is not closed yet may make another text of all that stands behind it.
constexpr std::uint64_t most_steps_of_update(std::uint64_t most_steps) {
  return most_steps / 4 * 3;
}
/// Updates to be waited for after a first attempt was given up, and at the most.
constexpr std::uint32_t kFirstPatience = 16;
constexpr std::uint32_t kMostPatience = 1024;
/// Definitions and references nested deeper below the node that is asked about are not looked for:
/// a query takes time for each node that grows with its depth, and code is hardly nested so deep.
constexpr std::uint32_t kDeepestTag = 256;
/// A query may take so much work: code of a megabyte or two takes a quarter of it.
constexpr std::uint64_t kMostStepsOfQuery = 4'000'000;

/// What the parser reads, and the work it has done.
struct Reading {
  std::string_view text;
  ParseWork work;
  bool was_given_up = false;
};

const char* read_chunk(void* payload, std::uint32_t offset, TSPoint /*position*/,
                       std::uint32_t* length) {
  Reading& reading = *static_cast<Reading*>(payload);
  reading.work.add_reading();
  const bool was_given_up = std::exchange(reading.was_given_up, reading.work.is_too_much());
  std::string_view chunk = reading.text.substr(std::min<std::size_t>(offset, reading.text.size()));
  if (reading.was_given_up) {
    // The text seems to end, so that the token that is being read does. Before it does there is a
    // blank: the parser asks again when a piece ends within a character, and takes it for granted
    // that there is something more.
    chunk = was_given_up ? std::string_view() : "\n";
  }
  *length = static_cast<std::uint32_t>(std::min(chunk.size(), kChunk));
  return chunk.data();
}

bool report(TSParseState* state) {
  Reading& reading = *static_cast<Reading*>(state->payload);
  reading.work.add_report();
  return reading.work.is_too_much();
}

bool report_query(TSQueryCursorState* state) {
  ParseWork& work = *static_cast<ParseWork*>(state->payload);
  work.add_report();
  return work.is_too_much();
}

std::uint32_t line_ends(std::string_view text) {
  return static_cast<std::uint32_t>(std::ranges::count(text, '\n'));
}

/// A place of a text from its row and its offset.
TSPoint point(std::string_view text, std::uint32_t row, std::size_t offset) {
  return {row, static_cast<std::uint32_t>(offset - line_begin(text, offset))};
}

/// The place behind `text`, which begins at `start`.
TSPoint behind(TSPoint start, std::string_view text) {
  const std::uint32_t rows = line_ends(text);
  if (rows == 0) return {start.row, start.column + static_cast<std::uint32_t>(text.size())};
  const std::size_t last_line = text.rfind('\n') + 1;
  return {start.row + rows, static_cast<std::uint32_t>(text.size() - last_line)};
}

/// The row of `offset`. The tree knows the rows of its nodes, so only the line ends between the
/// place and the next node are counted.
std::uint32_t row_of(const TSTree* tree, std::string_view text, std::size_t offset) {
  TreeCursor cursor(ts_tree_root_node(tree));
  TSNode node = cursor.node();
  for (int depth = 0; depth < SyntaxTree::kDeepest; ++depth) {
    if (ts_node_start_byte(node) > offset ||
        !cursor.to_child_ending_behind(static_cast<std::uint32_t>(offset))) {
      break;
    }
    node = cursor.node();
  }
  const std::size_t start = ts_node_start_byte(node);
  if (start > offset) {
    return ts_node_start_point(node).row - line_ends(text.substr(offset, start - offset));
  }
  const std::size_t end = ts_node_end_byte(node);
  if (end <= offset) {
    return ts_node_end_point(node).row + line_ends(text.substr(end, offset - end));
  }
  if (offset - start < end - offset) {
    return ts_node_start_point(node).row + line_ends(text.substr(start, offset - start));
  }
  return ts_node_end_point(node).row - line_ends(text.substr(offset, end - offset));
}

}  // namespace

SyntaxTree::SyntaxTree(const Grammar& grammar, std::uint64_t most_steps,
                       std::chrono::nanoseconds most_time)
    : grammar_(&grammar), most_steps_(most_steps), most_time_(most_time), parser_(ts_parser_new()) {
  [[maybe_unused]] const bool fits = ts_parser_set_language(parser_.get(), grammar.language());
  assert(fits);
}

SyntaxTree::SyntaxTree(const Grammar& grammar, std::string_view text, std::uint64_t most_steps,
                       std::chrono::nanoseconds most_time)
    : SyntaxTree(grammar, most_steps, most_time) {
  parse(text);
}

SyntaxTree::SyntaxTree(const SyntaxTree& other, std::uint64_t most_steps)
    : SyntaxTree(*other.grammar_, most_steps, other.most_time_) {
  if (other.tree_) tree_.reset(ts_tree_copy(other.tree_.get()));
}

void SyntaxTree::parse(std::string_view text) {
  const bool follows = tree_ != nullptr;
  TreePointer parsed;
  if (text.size() <= kMostBytes) {
    const std::uint64_t most_steps = follows ? most_steps_of_update(most_steps_) : most_steps_;
    Reading reading{text, ParseWork(most_steps, most_time_)};
    const TSInput input{&reading, read_chunk, TSInputEncodingUTF8, nullptr};
    try {
      parsed.reset(
          ts_parser_parse_with_options(parser_.get(), tree_.get(), input, {&reading, report}));
    } catch (const std::bad_alloc&) {
      leave_as_they_are();
      throw;
    }
    ts_parser_reset(parser_.get());
    if (reading.work.is_too_much()) parsed.reset();
  }
  tree_ = std::move(parsed);
  if (tree_ && follows) patience_ = 0;
  if (!tree_) {
    patience_ = std::clamp(2 * patience_, kFirstPatience, kMostPatience);
    updates_until_attempt_ = patience_;
  }
}

void SyntaxTree::update(std::string_view before, std::string_view after,
                        std::span<const Replacement> replacements) {
  if (tree_) {
    follow(before, after, replacements);
  } else if (--updates_until_attempt_ > 0) {
    return;
  }
  parse(after);
}

void SyntaxTree::follow(std::string_view before, std::string_view after,
                        std::span<const Replacement> replacements) {
  std::vector<TSInputEdit> edits;
  for (const Replacement& replacement : replacements) {
    const std::string_view removed =
        before.substr(replacement.old_first, replacement.old_last - replacement.old_first);
    const std::string_view inserted =
        after.substr(replacement.new_first, replacement.new_last - replacement.new_first);
    const TSPoint start =
        point(before, row_of(tree_.get(), before, replacement.old_first), replacement.old_first);
    edits.push_back(
        {.start_byte = static_cast<std::uint32_t>(replacement.old_first),
         .old_end_byte = static_cast<std::uint32_t>(replacement.old_last),
         .new_end_byte = static_cast<std::uint32_t>(replacement.old_first + inserted.size()),
         .start_point = start,
         .old_end_point = behind(start, removed),
         .new_end_point = behind(start, inserted)});
  }
  // From the last on, so that each finds the places before it where they were.
  try {
    for (auto edit = edits.rbegin(); edit != edits.rend(); ++edit) {
      ts_tree_edit(tree_.get(), &*edit);
    }
  } catch (const std::bad_alloc&) {
    leave_as_they_are();
    throw;
  }
}

void SyntaxTree::leave_as_they_are() {
  static_cast<void>(parser_.release());
  static_cast<void>(tree_.release());
}

bool SyntaxTree::is_identifier(std::size_t first, std::size_t last) const {
  bool is_whole = false;
  visit_around(first, last - 1, [&](TSNode node) {
    is_whole = grammar_->is_identifier(node) && ts_node_start_byte(node) == first &&
               ts_node_end_byte(node) == last;
  });
  return is_whole;
}

bool SyntaxTree::is_in_comment(std::size_t first, std::size_t last) const {
  bool is_comment = false;
  if (first == 0) return false;
  visit_around(first - 1, std::max(first, last) - 1,
               [&](TSNode node) { is_comment |= grammar_->is_comment(node); });
  return is_comment;
}

std::vector<Tag> SyntaxTree::tags(TSNode below, std::size_t first, std::size_t last,
                                  std::size_t most) const {
  std::vector<Tag> found;
  if (has_large_error(below, first, last)) return found;
  const QueryCursorPointer cursor(ts_query_cursor_new());
  ts_query_cursor_set_byte_range(cursor.get(), static_cast<std::uint32_t>(first),
                                 static_cast<std::uint32_t>(last));
  ts_query_cursor_set_max_start_depth(cursor.get(), kDeepestTag);
  ParseWork work(kMostStepsOfQuery, most_time_);
  const TSQueryCursorOptions options{&work, report_query};
  ts_query_cursor_exec_with_options(cursor.get(), grammar_->query(), below, &options);
  TSQueryMatch match;
  while (found.size() < most && ts_query_cursor_next_match(cursor.get(), &match)) {
    Tag tag{};
    for (const TSQueryCapture& captured : std::span(match.captures, match.capture_count)) {
      const Capture& capture = grammar_->capture(captured.index);
      if (capture.role == CaptureRole::kName) {
        tag.name_first = ts_node_start_byte(captured.node);
        tag.name_last = ts_node_end_byte(captured.node);
      } else if (capture.role != CaptureRole::kOther) {
        tag.is_definition = capture.role == CaptureRole::kDefinition;
        tag.kind = capture.kind;
        tag.node = captured.node;
      }
    }
    if (tag.name_first == tag.name_last || ts_node_is_null(tag.node)) continue;
    // The cursor also goes to children beside the bytes if their parent has begun a match.
    if (ts_node_start_byte(tag.node) < last && ts_node_end_byte(tag.node) > first) {
      found.push_back(tag);
    }
  }
  return found;
}

}  // namespace nextline::lsp
