#include "server/replay/semantic_edit.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lsp/syntax/symbols.h"
#include "server/replay/draw.h"
#include "server/replay/undone_edit.h"

namespace nextline::replay {
namespace {

using lsp::ByteSpan;
using lsp::Definition;
using lsp::Reference;
using lsp::SymbolKind;

/// From the awaited line up to the first one that has the name.
constexpr std::size_t kFewestLinesBetween = 8;
constexpr std::size_t kMostOtherUses = 4;  ///< Lines of the document.
constexpr std::size_t kShortestName = 3;
/// Of a definition that is missing as a whole.
constexpr std::size_t kMostDefiningLines = 12;

/// What the awaited line uses, and where that is defined.
struct Candidate {
  Reference use;
  std::vector<std::size_t> definitions;  // Above the cursor, the first one first.
  std::size_t other_uses;                // Lines that would tell what the edit tells.
};

/// The parts of a list between its brackets, parted by commas.
std::vector<ByteSpan> parts_of(std::string_view text, const ByteSpan& list) {
  std::vector<ByteSpan> parts;
  int depth = 0;
  std::size_t first = list.first + 1;
  for (std::size_t i = first; i < list.last; ++i) {
    const char c = text[i];
    if ((c == ',' && depth == 0) || i + 1 == list.last) {
      if (!without_blanks(text.substr(first, i - first)).empty()) parts.push_back({first, i});
      first = i + 1;
    } else if (c == '(' || c == '[' || c == '{' || c == '<') {
      ++depth;
    } else if (c == ')' || c == ']' || c == '}' || c == '>') {
      --depth;
    }
  }
  return parts;
}

class SemanticEditor {
 public:
  SemanticEditor(const DocumentCode& code, const OtherCode& other, Random& random)
      : code_(code), symbols_(*code.symbols()), other_(other), random_(random) {}

  Result<EditCase> edit() {
    std::vector<Candidate> candidates = find_candidates();
    shuffle(candidates, random_);
    std::ranges::stable_sort(candidates, {}, &Candidate::other_uses);
    // What is imported may be known from elsewhere; what the document defines is not.
    const auto imported = std::stable_partition(
        candidates.begin(), candidates.end(), [&](const Candidate& candidate) {
          return definition(candidate).kind != SymbolKind::kImport;
        });
    const auto defined = static_cast<std::size_t>(imported - candidates.begin());
    std::vector<std::string_view> variants = {"define", "rename", "change"};
    shuffle(variants, random_);
    const std::span<const Candidate> all(candidates);
    for (const auto some : {all.first(defined), all.subspan(defined)}) {
      for (const std::string_view variant : variants) {
        for (const Candidate& candidate : some) {
          const std::vector<UndoneEdit> edits = undo(variant, candidate);
          if (edits.empty()) continue;
          return case_of(code_.document(), EditKind::kSemantic, std::string(variant), edits);
        }
      }
    }
    return failure("The awaited line uses nothing that an edit far enough above it could define.");
  }

 private:
  const SourceLines& lines() const { return code_.lines(); }
  const Definition& definition(const Candidate& candidate) const {
    return symbols_.definitions()[candidate.definitions.front()];
  }

  std::vector<Candidate> find_candidates() const {
    std::vector<Candidate> found;
    const ByteSpan awaited = lines().span(code_.awaited_line());
    for (const Reference& reference : symbols_.references()) {
      const std::string_view name = reference.name.of(code_.text());
      if (!awaited.has(reference.name) || name.size() < kShortestName) continue;
      if (name == "self" || name == "cls") continue;
      if (auto candidate = candidate_of(reference)) found.push_back(std::move(*candidate));
    }
    return found;
  }

  std::optional<Candidate> candidate_of(const Reference& use) const {
    Candidate candidate{use, symbols_.definitions_of(use), 0};
    std::erase_if(candidate.definitions, [&](std::size_t i) {
      return symbols_.definitions()[i].name.first >= code_.document().cursor;
    });
    if (candidate.definitions.empty()) return std::nullopt;
    const std::string_view name = use.name.of(code_.text());
    const std::size_t defining = lines().of(definition(candidate).name.first);
    const std::size_t awaited = code_.awaited_line();
    for (std::size_t i = 0; i < lines().count(); ++i) {
      if (i == awaited || !has_word(lines()[i], name)) continue;
      if (i < awaited && i + kFewestLinesBetween > awaited) return std::nullopt;
      candidate.other_uses += i == defining ? 0 : 1;
    }
    if (candidate.other_uses > kMostOtherUses) return std::nullopt;
    return candidate;
  }

  std::vector<UndoneEdit> undo(std::string_view variant, const Candidate& candidate) const {
    if (variant == "define") return undo_definition(candidate);
    return variant == "rename" ? undo_name(candidate) : undo_change(candidate);
  }

  /// Lines that are the definition and nothing else.
  std::vector<UndoneEdit> undo_definition(const Candidate& candidate) const {
    const Definition& defined = definition(candidate);
    const std::size_t first = lines().of(defined.whole.first);
    const std::size_t last = lines().of(defined.whole.last - 1);
    const std::string_view before =
        lines()[first].substr(0, defined.whole.first - lines().begin(first));
    const std::string_view behind = lines()[last].substr(defined.whole.last - lines().begin(last));
    const bool is_alone = without_blanks(before).empty() &&
                          without_blanks(behind).find_first_not_of(",;") == std::string_view::npos;
    const bool defines_more =
        std::ranges::count(symbols_.definitions(), defined.whole, &Definition::whole) > 1;
    if (!is_alone || defines_more || candidate.definitions.size() > 1 ||
        last - first >= kMostDefiningLines || last >= code_.awaited_line()) {
      return {};
    }
    return {{{lines().begin(first), lines().span(last).last}, ""}};
  }

  std::vector<UndoneEdit> undo_name(const Candidate& candidate) const {
    const std::string_view name = candidate.use.name.of(code_.text());
    const std::string before = other_.name_like(name, definition(candidate).kind, code_, random_);
    std::vector<UndoneEdit> edits;
    for (const std::size_t i : candidate.definitions) {
      edits.push_back({symbols_.definitions()[i].name, before});
    }
    if (random_.below(2) == 0) {
      for (const Reference& reference : symbols_.references()) {
        if (reference.name.last > code_.document().cursor) break;
        if (reference.name.of(code_.text()) != name) continue;
        const std::vector<std::size_t> meanings = symbols_.definitions_of(reference);
        if (std::ranges::find(meanings, candidate.definitions.front()) != meanings.end()) {
          edits.push_back({reference.name, before});
        }
      }
    }
    std::ranges::sort(edits, {}, [](const UndoneEdit& edit) { return edit.now.first; });
    return edits;
  }

  /// Only what tells how the line goes on: the parameters of what it calls, and what that is whose
  /// members it looks up.
  std::vector<UndoneEdit> undo_change(const Candidate& candidate) const {
    const std::string_view text = code_.text();
    const Definition& defined = definition(candidate);
    const char next = candidate.use.name.last < text.size() ? text[candidate.use.name.last] : ' ';
    if (next != '.' && next != '(' && next != '[') return {};
    if (defined.kind == SymbolKind::kFunction || defined.kind == SymbolKind::kClass) {
      const Definition* const called = called_by(defined);
      return next == '(' && called != nullptr ? undo_parameter(*called) : std::vector<UndoneEdit>();
    }
    const DefinedAs now{defined.type.of(text), defined.value.of(text)};
    if (now.type.empty() && now.value.empty()) return {};
    const auto before = other_.other_than(now, defined.kind, random_);
    if (!before) return {};
    std::vector<UndoneEdit> edits;
    if (!now.type.empty()) edits.push_back({defined.type, std::string(before->type)});
    if (!now.value.empty()) edits.push_back({defined.value, std::string(before->value)});
    return edits;
  }

  /// A function, or a class's constructor; null if it has none above the awaited line.
  const Definition* called_by(const Definition& defined) const {
    if (defined.kind == SymbolKind::kFunction) return &defined;
    const std::string_view name =
        code_.document().language == Language::kPython ? "__init__" : defined.name.of(code_.text());
    for (const std::size_t i : symbols_.definitions_named(name)) {
      const Definition& constructor = symbols_.definitions()[i];
      const bool is_above =
          lines().of(constructor.parameters.last) + kFewestLinesBetween <= code_.awaited_line();
      if (constructor.kind == SymbolKind::kFunction && defined.whole.has(constructor.whole) &&
          is_above) {
        return &constructor;
      }
    }
    return nullptr;
  }

  /// One parameter is missing, with the comma before or behind it.
  std::vector<UndoneEdit> undo_parameter(const Definition& defined) const {
    if (defined.parameters.size() < 2) return {};
    const std::vector<ByteSpan> all = parts_of(code_.text(), defined.parameters);
    std::vector<std::size_t> droppable;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::string_view part = without_blanks(all[i].of(code_.text()));
      if (part != "self" && part != "cls" && part != "*" && part != "/") droppable.push_back(i);
    }
    if (droppable.empty()) return {};
    const std::size_t dropped = pick(droppable, random_);
    ByteSpan now = all[dropped];
    if (dropped > 0) {
      now.first = all[dropped - 1].last;
    } else if (all.size() > 1) {
      now.last = all[1].first;
      while (code_.text()[now.last] == ' ') ++now.last;
    }
    return {{now, ""}};
  }

  const DocumentCode& code_;
  const lsp::Symbols& symbols_;
  const OtherCode& other_;
  Random& random_;
};

}  // namespace

Result<EditCase> edit_definition(const DocumentCode& code, const OtherCode& other, Random& random) {
  if (!code.symbols()) return failure("The document could not be parsed.");
  return SemanticEditor(code, other, random).edit();
}

}  // namespace nextline::replay
