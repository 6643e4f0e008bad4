#include "lsp/syntax/outline_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lsp/syntax/definition_head.h"
#include "lsp/syntax/import_paths.h"
#include "lsp/syntax/lines.h"

namespace nextline::lsp {
namespace {

/// Tags of one text; a longer list is that of generated code.
constexpr std::size_t kMostTags = std::size_t{1} << 18;
/// A class or an enumeration of so many bytes is its own head.
constexpr std::size_t kSmall = 240;
/// The value of a longer definition is left out.
constexpr std::size_t kLongValue = 160;
/// Lines of a comment that are gone through to find the first.
constexpr int kMostCommentLines = 64;

ByteSpan span_of(TSNode node) { return {ts_node_start_byte(node), ts_node_end_byte(node)}; }
std::string_view type_of(TSNode node) { return ts_node_type(node); }

template <typename Words>
bool has_any(std::string_view text, const Words& words) {
  return std::ranges::any_of(
      words, [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

struct TagKind {
  std::string_view tag;
  OutlineKind kind;
};
/// The kinds that queries of grammars have; where a name has several, the first one counts.
constexpr std::array kTagKinds = {TagKind{"function", OutlineKind::kFunction},
                                  TagKind{"method", OutlineKind::kFunction},
                                  TagKind{"constructor", OutlineKind::kFunction},
                                  TagKind{"macro", OutlineKind::kFunction},
                                  TagKind{"class", OutlineKind::kClass},
                                  TagKind{"interface", OutlineKind::kClass},
                                  TagKind{"struct", OutlineKind::kClass},
                                  TagKind{"trait", OutlineKind::kClass},
                                  TagKind{"object", OutlineKind::kClass},
                                  TagKind{"union", OutlineKind::kClass},
                                  TagKind{"enum", OutlineKind::kType},
                                  TagKind{"type", OutlineKind::kType},
                                  TagKind{"constant", OutlineKind::kValue},
                                  TagKind{"property", OutlineKind::kValue},
                                  TagKind{"field", OutlineKind::kValue},
                                  TagKind{"variable", OutlineKind::kValue}};

/// What only gives names a common prefix hides none of them.
bool is_namespace(TSNode node) {
  constexpr std::array<std::string_view, 5> kTypes = {"namespace", "module", "mod_item", "impl",
                                                      "linkage"};
  return has_any(type_of(node), kTypes);
}

bool decorates(TSNode node) {
  constexpr std::array<std::string_view, 5> kTypes = {"decorat", "template", "export", "annotat",
                                                      "attribute"};
  return has_any(type_of(node), kTypes);
}

bool is_class_like(OutlineKind kind) {
  return kind == OutlineKind::kClass || kind == OutlineKind::kType;
}

/// The string that a body begins with; a null node if it does not.
TSNode leading_string(const Grammar& grammar, TSNode body) {
  TSNode node = body;
  for (int depth = 0; depth < 3; ++depth) {
    TSNode first{};
    for (std::uint32_t i = 0; i < ts_node_named_child_count(node); ++i) {
      first = ts_node_named_child(node, i);
      if (!grammar.is_comment(first)) break;
    }
    if (ts_node_is_null(first)) return {};
    if (type_of(first).find("string") != std::string_view::npos) return first;
    if (type_of(first) != "expression_statement") return {};
    node = first;
  }
  return {};
}

/// What the first line of a comment or a string says that has something to say.
ByteSpan first_line(std::string_view text, ByteSpan marked) {
  constexpr std::string_view kMarks = "/*#!<-;\"' \t\r\n";
  const std::string_view all = marked.of(text);
  std::size_t first = all.find_first_not_of(kMarks);
  if (first == std::string_view::npos) return {};
  const std::size_t quote = all.find_first_of("\"'");
  if (first == 0 && quote != std::string_view::npos && quote <= 2) {  // r"""Says.
    first = all.find_first_not_of(kMarks, quote);
    if (first == std::string_view::npos) return {};
  }
  std::size_t last = std::min(all.find('\n', first), all.size());
  while (last > first && (is_blank(all[last - 1]) || all[last - 1] == '"' || all[last - 1] == '*' ||
                          all[last - 1] == '/')) {
    --last;
  }
  return {marked.first + first, marked.first + last};
}

}  // namespace

OutlineReader::OutlineReader(const SyntaxTree& tree, std::string_view text)
    : tree_(tree), grammar_(tree.grammar()), text_(text) {}

Outline OutlineReader::read() {
  find_definitions();
  TreeCursor cursor(tree_.root());
  for (bool goes_on = true; goes_on;) {
    const TSNode node = cursor.node();
    if (enter(node) && cursor.to_first_child()) {
      ancestors_.push_back(node);
      continue;
    }
    for (leave(); !cursor.to_next_sibling(); leave()) {
      access_.resize(std::min(access_.size(), ancestors_.size()));
      goes_on = cursor.to_parent();
      if (!goes_on) break;
      ancestors_.pop_back();
    }
  }
  return std::move(outline_);
}

void OutlineReader::find_definitions() {
  std::unordered_map<std::size_t, Tagged> by_name;
  for (const Tag& tag : tree_.tags(tree_.root(), 0, text_.size(), kMostTags)) {
    if (!tag.is_definition || tag.kind == "import") continue;
    outline_.own_names_.push_back({tag.name_first, tag.name_last});
    const auto kind = std::ranges::find(kTagKinds, tag.kind, &TagKind::tag);
    if (kind == kTagKinds.end()) continue;
    const int rank = static_cast<int>(kind - kTagKinds.begin());
    const Tagged tagged{{tag.name_first, tag.name_last}, kind->kind, rank, tag.node};
    const auto [known, is_new] = by_name.emplace(tag.name_first, tagged);
    if (is_new) continue;
    if (rank < known->second.rank) {
      known->second.rank = rank;
      known->second.kind = kind->kind;
    }
    if (span_of(tag.node).size() > span_of(known->second.node).size()) {
      known->second.node = tag.node;
    }
  }
  for (auto& [place, tagged] : by_name) definitions_[tagged.node.id].push_back(tagged);
  for (auto& [node, names] : definitions_) {
    std::ranges::sort(names, {}, [](const Tagged& tagged) { return tagged.name.first; });
  }
  auto& own = outline_.own_names_;
  std::ranges::sort(own, {}, &ByteSpan::first);
  own.erase(std::unique(own.begin(), own.end()), own.end());
}

bool OutlineReader::enter(TSNode node) {
  if (grammar_.is_comment(node)) {
    outline_.comments_.push_back(span_of(node));
    return false;
  }
  if (grammar_.is_identifier(node) && ts_node_child_count(node) == 0) {
    outline_.names_.push_back(span_of(node));
  }
  if (is_import_statement(node)) {
    read_import_paths(grammar_, text_, node, outline_.imports_);
    return false;
  }
  if (type_of(node) == "access_specifier") {
    access_.resize(ancestors_.size() + 1);
    access_.back() = span_of(node).of(text_);
  }
  const auto tagged = definitions_.find(node.id);
  if (tagged != definitions_.end()) {
    for (const Tagged& name : tagged->second) add_definition(node, name);
  }
  return true;
}

void OutlineReader::leave() {
  while (!open_.empty() && open_.back().depth >= ancestors_.size()) open_.pop_back();
}

void OutlineReader::add_definition(TSNode node, const Tagged& tagged) {
  // Several names of one declaration stand beside each other.
  leave();
  Open open{ancestors_.size(), std::nullopt, false};
  const bool is_hidden = (!open_.empty() && !open_.back().shows_members) ||
                         outline_.entries_.size() == Outline::kMostEntries ||
                         (tagged.kind == OutlineKind::kValue && is_within_statement());
  if (is_hidden) {
    open_.push_back(open);
    return;
  }
  const TSNode whole = with_what_decorates(node);
  const TSNode body =
      tagged.kind == OutlineKind::kFunction ? function_body(grammar_, node) : grammar_.body(node);
  OutlineEntry entry{};
  entry.kind = tagged.kind;
  entry.name = tagged.name;
  entry.line = ts_node_start_point(node).row;
  if (!open_.empty()) entry.parent = open_.back().entry;
  const bool is_small = is_class_like(tagged.kind) && span_of(whole).size() <= kSmall;
  if (ts_node_is_null(body) || is_small) {
    entry.head = span_of(whole);
    while (!entry.head.is_empty() && is_blank(text_[entry.head.last - 1])) --entry.head.last;
    if (entry.head.last < text_.size() && text_[entry.head.last] == ';') ++entry.head.last;
  } else {
    entry.head = {ts_node_start_byte(whole), head_end(node, body)};
    const std::size_t begin = ts_node_start_byte(body);
    entry.body = begin < text_.size() && text_[begin] == '{' ? BodyStyle::kBraces
                 : entry.head.of(text_).ends_with(':')       ? BodyStyle::kColon
                                                             : BodyStyle::kOther;
  }
  const std::string_view head = entry.head.of(text_);
  const std::size_t equals = head.find('=');
  if (tagged.kind == OutlineKind::kValue && equals != std::string_view::npos &&
      (head.size() > kLongValue || head.find('\n') != std::string_view::npos)) {
    entry.head.last = entry.head.first + equals + 1;
    entry.body = BodyStyle::kOther;
  }
  entry.is_public = is_public(entry);
  const TSNode string = ts_node_is_null(body) ? TSNode{} : leading_string(grammar_, body);
  const ByteSpan said =
      ts_node_is_null(string) ? comment_before(entry.head.first) : span_of(string);
  if (!said.is_empty()) entry.documentation = first_line(text_, said);
  open.entry = outline_.entries_.size();
  open.shows_members = is_class_like(tagged.kind);
  open_.push_back(open);
  outline_.entries_.push_back(entry);
}

bool OutlineReader::is_body(std::size_t depth) const {
  if (depth == 0 || depth >= ancestors_.size()) return false;
  const TSNode body = grammar_.body(ancestors_[depth - 1]);
  return !ts_node_is_null(body) && ts_node_eq(body, ancestors_[depth]);
}

bool OutlineReader::is_within_statement() const {
  // The body of the class around it begins right below.
  const std::size_t innermost = open_.empty() ? 0 : open_.back().depth + 1;
  for (std::size_t depth = ancestors_.size(); depth-- > innermost + 1;) {
    if (is_body(depth) && !is_namespace(ancestors_[depth - 1])) return true;
  }
  return false;
}

TSNode OutlineReader::with_what_decorates(TSNode node) const {
  const std::size_t outermost = open_.empty() ? 1 : open_.back().depth + 1;
  TSNode whole = node;
  for (std::size_t depth = ancestors_.size(); depth-- > outermost;) {
    const TSNode around = ancestors_[depth];
    const bool is_same_line = ts_node_start_point(around).row == ts_node_start_point(whole).row;
    if (is_body(depth) || is_namespace(around) || !(is_same_line || decorates(around))) break;
    whole = around;
  }
  return whole;
}

bool OutlineReader::is_public(const OutlineEntry& entry) const {
  const std::string_view name = entry.name.of(text_);
  const bool is_special = name.ends_with("__") && entry.kind == OutlineKind::kFunction;
  if ((name.starts_with('_') && !is_special) || name.starts_with('#')) return false;
  const std::string_view before = text_.substr(
      entry.head.first, entry.name.first - std::min(entry.head.first, entry.name.first));
  if (before.find("private ") != std::string_view::npos) return false;
  if (open_.empty() || ancestors_.size() <= open_.back().depth) return true;
  // What C++ says between the members of a class.
  const std::size_t members = open_.back().depth + 2;
  const std::string_view said = members < access_.size() ? access_[members] : std::string_view();
  if (!said.empty()) return said.find("private") == std::string_view::npos;
  return type_of(ancestors_[open_.back().depth]) != "class_specifier";
}

ByteSpan OutlineReader::comment_before(std::size_t first) const {
  ByteSpan said;
  std::size_t end = first;
  const auto& comments = outline_.comments_;
  for (std::size_t i = comments.size(); i > 0 && i + kMostCommentLines > comments.size(); --i) {
    const ByteSpan comment = comments[i - 1];
    if (comment.last > end) break;
    const std::string_view between = text_.substr(comment.last, end - comment.last);
    const std::size_t begin = line_begin(text_, comment.first);
    const std::string_view in_front = text_.substr(begin, comment.first - begin);
    if (std::ranges::count(between, '\n') > 1 || !std::ranges::all_of(between, is_blank) ||
        !std::ranges::all_of(in_front, is_blank)) {
      break;
    }
    said = {comment.first, said.is_empty() ? comment.last : said.last};
    end = begin;
  }
  return said;
}

}  // namespace nextline::lsp
