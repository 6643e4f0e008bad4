#include "lsp/syntax/changed_definitions.h"

#include <algorithm>

#include "lsp/syntax/definition_head.h"
#include "lsp/syntax/lines.h"

namespace nextline::lsp {
namespace {

/// Tags that are looked at in one edit; only a paste of a whole file has more.
constexpr std::size_t kMostTags = 256;

/// Bytes [first, last) of a text, and what lies between blanks in them.
struct Stretch {
  std::size_t first;
  std::size_t last;
  bool empty() const { return first == last; }
};

Stretch without_blanks(std::string_view text, Stretch stretch) {
  while (!stretch.empty() && is_blank(text[stretch.last - 1])) --stretch.last;
  while (!stretch.empty() && is_blank(text[stretch.first])) ++stretch.first;
  return stretch;
}

/// The bytes of one of the two texts that the edit concerns. Where there are none, it is the place
/// between two bytes, and belongs to what ends or begins there if the other text's bytes did.
struct Concern {
  Stretch stretch;
  bool joins_before = false;
  bool joins_behind = false;

  bool meets(std::size_t first, std::size_t last) const {
    return (first < stretch.last || (joins_behind && first == stretch.last)) &&
           (stretch.first < last || (joins_before && last == stretch.first));
  }
};

/// Whether a place lies within a word, so that blanks there part it.
bool is_within_word(std::string_view text, std::size_t offset) {
  return offset > 0 && offset < text.size() && is_name_byte(text[offset - 1]) &&
         is_name_byte(text[offset]);
}

/// Nothing if the edit changes blanks only.
bool find_concern(Side side, const EditedTexts& texts, const Replacement& edit, Concern& concern) {
  const Stretch old_stretch{edit.old_first, edit.old_last};
  const Stretch new_stretch{edit.new_first, edit.new_last};
  const Stretch old_words = without_blanks(texts.before, old_stretch);
  const Stretch new_words = without_blanks(texts.after, new_stretch);
  const bool is_before = side == Side::kBefore;
  const Stretch& here = is_before ? old_words : new_words;
  const Stretch& there = is_before ? new_words : old_words;
  const Stretch& all_there = is_before ? new_stretch : old_stretch;
  if (!here.empty()) {
    concern = {here};
    return true;
  }
  const std::size_t place = is_before ? edit.old_first : edit.new_first;
  if (there.empty()) {
    concern = {{place, place}};
    const bool parts = old_stretch.empty() && is_within_word(texts.before, edit.old_first);
    const bool joins = new_stretch.empty() && is_within_word(texts.after, edit.new_first);
    return parts || joins;
  }
  concern = {{place, place}, there.first == all_there.first, there.last == all_there.last};
  return true;
}

/// The innermost body around the bytes [first, last), else the root. What contains a body is not
/// changed by what is in it; so definitions need not be looked for further out.
TSNode body_around(const SyntaxTree& tree, std::size_t first, std::size_t last) {
  TSNode innermost = tree.root();
  if (first == 0) return innermost;
  TSNode body{};
  tree.visit_around(first - 1, std::max(first, last) - 1, [&](TSNode node) {
    if (ts_node_eq(node, body)) innermost = node;
    body = tree.grammar().body(node);
  });
  return innermost;
}

bool is_incidental(std::string_view kind) {
  return kind == "parameter" || kind == "variable" || kind == "import";
}

void add(ChangedSymbol symbol, std::vector<ChangedSymbol>& symbols) {
  const auto known = std::ranges::find(symbols, symbol.name, &ChangedSymbol::name);
  if (known == symbols.end()) {
    symbols.push_back(std::move(symbol));
  } else {
    known->is_incidental &= symbol.is_incidental;
    known->edit_end = std::min(known->edit_end, symbol.edit_end);
  }
}

}  // namespace

void add_changed_definitions(const SyntaxTree& tree, Side side, const EditedTexts& texts,
                             const Replacement& edit, std::vector<ChangedSymbol>& symbols) {
  Concern concern;
  if (!tree.has_tree() || !find_concern(side, texts, edit, concern)) return;
  const auto [first, last] = concern.stretch;
  if (tree.is_in_comment(first, last)) return;
  const std::string_view text = side == Side::kBefore ? texts.before : texts.after;
  // What merely ends or begins at the edit is to be found, too.
  const std::size_t before = first - std::min<std::size_t>(first, 1);
  for (const Tag& tag : tree.tags(body_around(tree, first, last), before, last + 1, kMostTags)) {
    if (!tag.is_definition) continue;
    const std::size_t node_first = ts_node_start_byte(tag.node);
    const std::size_t end = head_end(tag.node, tree.grammar().body(tag.node));
    if (!concern.meets(node_first, end)) continue;
    add({std::string(text.substr(tag.name_first, tag.name_last - tag.name_first)),
         is_incidental(tag.kind), edit.new_last},
        symbols);
  }
}

}  // namespace nextline::lsp
