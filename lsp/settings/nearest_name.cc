#include "lsp/settings/nearest_name.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace nextline::lsp {
namespace {

/// No name is longer, nor is what is a misspelled one.
constexpr std::size_t kMostBytes = 64;

/// How many letters have to be changed, left out, put in, or to change places with the next one,
/// once each, to make one word of the other: the restricted Damerau–Levenshtein distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last, last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last = std::exchange(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({changed, last[j] + 1, row[j - 1] + 1});
      const bool change_places = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (change_places) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::string_view> nearest_name(std::string_view written,
                                             std::span<const std::string_view> names) {
  if (written.size() > kMostBytes) return std::nullopt;
  std::optional<std::string_view> nearest;
  std::size_t fewest = written.size() / 3 + 1;
  for (const std::string_view name : names) {
    const std::size_t changes = distance(written, name);
    if (changes >= fewest) continue;
    fewest = changes;
    nearest = name;
  }
  return nearest;
}

std::string did_you_mean(std::optional<std::string_view> name) {
  return name ? " Did you mean '" + std::string(*name) + "'?" : std::string();
}

}  // namespace nextline::lsp
