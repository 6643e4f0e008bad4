#include "lsp/context/context_chooser.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "lsp/context/definition_text.h"
#include "lsp/workspace/file_language.h"

namespace nextline::lsp {
namespace {

/// Definitions that are tried for the rest of the room, once one did not fit.
constexpr std::size_t kMostTries = 256;

std::string heading(std::string_view path) {
  return std::string(comment_mark(language_of(path))) + std::string(path) + "\n";
}

bool is_same(const IndexedDefinition& a, const IndexedDefinition& b) {
  return a.number == b.number && a.file->path() == b.file->path() &&
         a.file->name(*a) == b.file->name(*b);
}

auto place_of(const IndexedDefinition& definition) {
  return std::tuple(std::string_view(definition.file->path()), definition->line, definition.number);
}

/// A definition of the same name, by the same head if there is one.
std::optional<std::size_t> counterpart(const IndexedDefinition& definition,
                                       const IndexedFile& file) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < file.definitions().size(); ++i) {
    const FileDefinition& other = file.definitions()[i];
    if (other.parent != FileDefinition::kNoParent || other.kind != definition->kind ||
        file.name(other) != definition.file->name(*definition)) {
      continue;
    }
    if (file.head(other) == definition.file->head(*definition)) return i;
    if (!found) found = i;
  }
  return found;
}

template <typename Definitions>
double worth(const Definitions& definitions) {
  return std::accumulate(definitions.begin(), definitions.end(), 0.0,
                         [](double sum, const auto& shown) { return sum + shown.score; });
}

}  // namespace

std::string context_text(std::span<const ContextSnippet> snippets) {
  std::string text;
  for (const ContextSnippet& snippet : snippets) text += heading(snippet.path) + snippet.text;
  return text;
}

bool ContextChooser::update(const ContextDocument& document, std::size_t most_bytes) {
  bool has_changed = follow_files();
  std::vector<RankedDefinition> ranked = rank_definitions(index_, document);
  score_anew(ranked);
  while (context_text(snippets_).size() > most_bytes) {
    drop_least_wanted();
    has_changed = true;
  }
  std::vector<Shown> wanted = most_wanted(std::move(ranked), most_bytes);
  if (worth(wanted) > kClearGain * worth(shown_)) {
    replace(std::move(wanted), most_bytes);
    has_changed = true;
  }
  for (const ContextSnippet& snippet : snippets_) index_.mark_used(snippet.path);
  return has_changed;
}

std::vector<ContextChooser::Shown> ContextChooser::most_wanted(std::vector<RankedDefinition> ranked,
                                                               std::size_t most_bytes) {
  // What says the same in fewer bytes leaves room for more.
  std::ranges::stable_sort(ranked, std::ranges::greater(), [](const RankedDefinition& definition) {
    return definition.score / std::sqrt(static_cast<double>(definition.text.size()) + 40);
  });
  std::vector<Shown> wanted;
  std::set<std::string> texts;  // Copies of a file say nothing new.
  std::set<std::string> paths;
  std::size_t bytes = 0;
  std::size_t tries = 0;
  for (RankedDefinition& definition : ranked) {
    const std::string& path = definition.definition.file->path();
    const std::size_t needed =
        definition.text.size() + 1 + (paths.contains(path) ? 0 : heading(path).size());
    if (bytes + needed > most_bytes) {
      if (++tries > kMostTries) break;
      continue;
    }
    if (!texts.insert(definition.text).second) continue;
    paths.insert(path);
    bytes += needed;
    wanted.push_back({std::move(definition.definition), std::move(definition.members),
                      std::move(definition.text), definition.score});
  }
  std::ranges::sort(wanted, [](const Shown& a, const Shown& b) {
    return place_of(a.definition) < place_of(b.definition);
  });
  return wanted;
}

bool ContextChooser::follow_files() {
  bool has_changed = false;
  std::vector<Shown> now;
  for (Shown& shown : shown_) {
    if (index_.file(shown.definition.file->path()) == shown.definition.file) {
      now.push_back(std::move(shown));
      continue;
    }
    auto present = as_it_is_now(shown);
    has_changed |= !present || present->text != shown.text;
    if (present) now.push_back(std::move(*present));
  }
  shown_ = std::move(now);
  if (has_changed) write_snippets();
  return has_changed;
}

std::optional<ContextChooser::Shown> ContextChooser::as_it_is_now(const Shown& shown) const {
  const IndexedDefinition& before = shown.definition;
  auto file = index_.file(before.file->path());
  const auto number = file ? counterpart(before, *file) : std::nullopt;
  if (!number) return std::nullopt;
  std::multiset<std::string_view> names;
  for (const std::size_t member : shown.members) {
    names.insert(before.file->name(before.file->definitions()[member]));
  }
  Shown now;
  for (std::size_t i = *number + 1; i < file->definitions().size(); ++i) {
    if (file->definitions()[i].parent != *number) continue;
    const auto name = names.find(file->name(file->definitions()[i]));
    if (name == names.end()) continue;
    names.erase(name);
    now.members.push_back(i);
  }
  now.text = definition_text(*file, *number, now.members);
  now.definition = {std::move(file), *number};
  return now;
}

void ContextChooser::score_anew(std::span<const RankedDefinition> ranked) {
  std::map<std::pair<std::string_view, std::size_t>, const RankedDefinition*> by_place;
  for (const RankedDefinition& definition : ranked) {
    by_place[{definition.definition.file->path(), definition.definition.number}] = &definition;
  }
  for (Shown& shown : shown_) {
    const auto found = by_place.find({shown.definition.file->path(), shown.definition.number});
    shown.score = found == by_place.end() ? 0 : found->second->score;
  }
}

void ContextChooser::replace(std::vector<Shown> wanted, std::size_t most_bytes) {
  std::vector<Shown> next;
  for (Shown& shown : shown_) {
    const auto still = std::ranges::find_if(
        wanted, [&](const Shown& other) { return is_same(other.definition, shown.definition); });
    if (still == wanted.end()) continue;
    next.push_back(std::move(shown));
    wanted.erase(still);
  }
  std::ranges::move(wanted, std::back_inserter(next));
  shown_ = std::move(next);
  write_snippets();
  // Members that were kept, and paths that stand there twice, may take more than was counted.
  while (context_text(snippets_).size() > most_bytes) drop_least_wanted();
}

void ContextChooser::drop_least_wanted() {
  shown_.erase(std::ranges::min_element(shown_, {}, &Shown::score));
  write_snippets();
}

void ContextChooser::write_snippets() {
  snippets_.clear();
  for (const Shown& shown : shown_) {
    const std::string& path = shown.definition.file->path();
    if (snippets_.empty() || snippets_.back().path != path) snippets_.push_back({path, {}});
    snippets_.back().text += shown.text + "\n";
  }
}

}  // namespace nextline::lsp
