#include "server/replay/context_case.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <system_error>
#include <utility>

#include "server/replay/case_source.h"
#include "server/replay/document_window.h"
#include "server/replay/draw.h"
#include "server/replay/package_context.h"
#include "server/replay/source_lines.h"

namespace nextline::replay {
namespace {

namespace fs = std::filesystem;

/// How many cases of each language are still wanted.
using Wanted = std::map<Language, std::uint32_t>;

/// A folder of sources.
class Package {
 public:
  Package(const fs::path& folder, SourceTree tree, std::string name, std::uint64_t seed)
      : tree_(std::move(tree)),
        maker_(tree_, name, RowOptions{.seed = seed}),
        context_(folder, tree_),
        random_(seed_for(seed, name)) {
    std::vector<std::size_t> files(tree_.files().size());
    std::iota(files.begin(), files.end(), std::size_t{0});
    shuffle(files, random_);
    order_.assign(files.begin(), files.end());
  }

  bool has(Language language) const {
    return std::ranges::find(tree_.files(), language, &SourceFile::language) != tree_.files().end();
  }

  /// The next case in a language that is wanted, if there is one.
  std::optional<ContextCase> next(const Wanted& wanted, const ContextCaseOptions& options,
                                  const Tokenizer& tokenizer) {
    while (!order_.empty()) {
      const std::size_t file = order_.front();
      order_.pop_front();
      if (wanted.at(tree_.files()[file].language) == 0) continue;
      std::vector<MadeRow>& rows = rows_of(file);
      if (rows.empty()) continue;
      const MadeRow row = std::move(rows.back());
      rows.pop_back();
      order_.push_back(file);
      return case_of(file, row, options, tokenizer);
    }
    return std::nullopt;
  }

 private:
  std::vector<MadeRow>& rows_of(std::size_t file) {
    const auto [found, is_new] = rows_.try_emplace(file);
    if (is_new) {
      found->second = maker_.rows_of(file);
      std::erase_if(found->second,
                    [](const MadeRow& row) { return row.setting == RowSetting::kInFile; });
      shuffle(found->second, random_);
    }
    return found->second;
  }

  ContextCase case_of(std::size_t file, const MadeRow& row, const ContextCaseOptions& options,
                      const Tokenizer& tokenizer) {
    ContextCase made{
        row.id, row.setting, cut_to_window(row.document, tokenizer, options.tokens), {}};
    WrittenDocument written{row.document.text, row.document.cursor};
    written.text.insert(written.cursor, row.document.awaited);
    written.cursor += row.document.awaited.size();
    const std::vector<WrittenDocument> states = {{row.document.text, row.document.cursor},
                                                 std::move(written)};
    const auto& used = row.row.context[static_cast<std::size_t>(row.row.gold_snippet_index)];
    for (const std::uint32_t budget : options.budgets) {
      ShownContext& shown = made.contexts.emplace_back();
      if (budget == 0) continue;
      const auto choices = context_.choose(file, states, tokenizer, budget);
      shown.text = lsp::context_text(choices.front());
      shown.text_behind = lsp::context_text(choices.back());
      shown.has_name =
          std::ranges::any_of(choices.front(), [&](const lsp::ContextSnippet& snippet) {
            return snippet.path == used.path && has_word(snippet.text, used.identifier);
          });
    }
    return made;
  }

  SourceTree tree_;
  RowMaker maker_;
  PackageContext context_;
  Random random_;
  std::deque<std::size_t> order_;
  std::map<std::size_t, std::vector<MadeRow>> rows_;  // By file; those that are left.
};

using Packages = std::vector<std::unique_ptr<Package>>;

Result<Packages> packages_in(const fs::path& source, std::uint64_t seed) {
  Packages packages;
  for (const fs::path& folder : repositories_in(source)) {
    auto tree = SourceTree::read(folder);
    if (!tree) return tl::unexpected(tree.error());
    std::error_code error;
    std::string name = fs::weakly_canonical(folder, error).filename().string();
    packages.push_back(std::make_unique<Package>(folder, std::move(*tree), std::move(name), seed));
  }
  return packages;
}

Wanted wanted_of(const Packages& packages, const std::optional<std::uint32_t>& limit) {
  const auto is_there = [&](Language language) {
    return std::ranges::any_of(packages,
                               [&](const auto& package) { return package->has(language); });
  };
  const std::uint32_t all = limit.value_or(std::numeric_limits<std::uint32_t>::max());
  if (!is_there(Language::kJava)) return {{Language::kPython, all}, {Language::kJava, 0}};
  if (!is_there(Language::kPython)) return {{Language::kPython, 0}, {Language::kJava, all}};
  if (!limit) return {{Language::kPython, all}, {Language::kJava, all}};
  return {{Language::kPython, all - all / 3}, {Language::kJava, all / 3}};
}

}  // namespace

Result<std::vector<ContextCase>> context_cases_of(const fs::path& source,
                                                  const ContextCaseOptions& options,
                                                  const Tokenizer& tokenizer) {
  const auto packages = packages_in(source, options.seed);
  if (!packages) return tl::unexpected(packages.error());
  Wanted wanted = wanted_of(*packages, options.limit);
  std::vector<ContextCase> cases;
  bool is_going_on = true;
  while (is_going_on) {
    is_going_on = false;
    for (const auto& package : *packages) {
      auto made = package->next(wanted, options, tokenizer);
      if (!made) continue;
      is_going_on = true;
      --wanted.at(made->document.language);
      cases.push_back(std::move(*made));
    }
  }
  return cases;
}

}  // namespace nextline::replay
