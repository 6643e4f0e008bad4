#include "lsp/syntax/name_uses.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <tuple>
#include <unordered_set>

#include "lsp/syntax/lines.h"

namespace nextline::lsp {
namespace {

/// Symbols whose uses are searched for, the first of the valuable ones: a paste may define
/// hundreds.
constexpr std::size_t kMostSymbols = 16;
/// Bytes behind an edit that are searched: more than a context window has.
constexpr std::size_t kFarthest = std::size_t{256} << 10;
/// Places that are looked up in the tree: a name may stand in comments again and again.
constexpr std::size_t kMostPlaces = 4 * kMostUses;

struct Uses {
  bool is_incidental;
  std::vector<std::size_t> places;  // Ascending.
};

/// Where the name is used; nothing if it is used everywhere.
std::optional<Uses> find_uses(const SyntaxTree& tree, std::string_view text,
                              const ChangedSymbol& symbol) {
  const std::string_view searched = text.substr(0, symbol.edit_end + kFarthest);
  const std::string_view name = symbol.name;
  Uses uses{symbol.is_incidental, {}};
  std::size_t looked_up = 0;
  for (std::size_t place = searched.find(name, line_end(text, symbol.edit_end));
       place != std::string_view::npos; place = searched.find(name, place + name.size())) {
    const std::size_t end = place + name.size();
    if ((place > 0 && is_name_byte(text[place - 1])) ||
        (end < text.size() && is_name_byte(text[end])))
      continue;
    if (++looked_up > kMostPlaces) return std::nullopt;
    if (!tree.is_identifier(place, end)) continue;
    uses.places.push_back(place);
    if (uses.places.size() > kMostUses) return std::nullopt;
  }
  return uses;
}

}  // namespace

std::vector<StaleSpan> lines_naming(const SyntaxTree& tree, std::string_view text,
                                    std::vector<ChangedSymbol> symbols) {
  std::ranges::stable_sort(symbols, {}, &ChangedSymbol::is_incidental);
  if (symbols.size() > kMostSymbols) symbols.resize(kMostSymbols);
  std::vector<Uses> of_symbols;
  for (const ChangedSymbol& symbol : symbols) {
    if (auto uses = find_uses(tree, text, symbol)) of_symbols.push_back(std::move(*uses));
  }
  std::ranges::stable_sort(of_symbols, {}, [](const Uses& uses) {
    return std::pair(uses.is_incidental, uses.places.size());
  });

  std::vector<StaleSpan> lines;
  std::unordered_set<std::size_t> known;
  for (const Uses& uses : of_symbols) {
    for (const std::size_t place : uses.places) {
      const std::size_t first = line_begin(text, place);
      if (!known.insert(first).second) continue;
      lines.push_back({first, line_end(text, place), StaleReason::kNamesSymbol});
    }
  }
  return lines;
}

}  // namespace nextline::lsp
