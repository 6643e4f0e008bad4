#include "server/replay/case_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <system_error>
#include <utility>

#include "server/replay/commit_edits.h"
#include "server/replay/draw.h"
#include "server/replay/edit_maker.h"
#include "server/replay/git_history.h"
#include "server/replay/repobench_file.h"
#include "server/replay/repobench_prompt.h"
#include "server/replay/row_maker.h"
#include "server/replay/source_tree.h"

namespace nextline::replay {
namespace {

namespace fs = std::filesystem;

/// Folders between the source and a repository in it.
constexpr int kDeepestRepository = 3;
/// Rows that are made where nobody says how many.
constexpr std::size_t kMostRows = 100'000;

bool is_repository(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / ".git", error);
}

/// A row with a name of its own, and other code of its language.
struct NamedRow {
  std::string id;
  RepoBenchRow row;
  std::string other;
};

/// Where rows and commits come from. Deterministic.
class Origin {
 public:
  virtual ~Origin() = default;
  /// The next row, or nothing when there are no more.
  virtual Result<std::optional<NamedRow>> next_row() = 0;
  /// The next case of kind `commits` in a language.
  virtual std::optional<EditCase> next_commit(Language language, const Tokenizer& tokenizer) = 0;
  /// The languages that its files are in; of a file of rows, nobody knows before it is read.
  virtual std::set<Language> languages() const = 0;
};

/// A file of RepoBench rows.
class RowFile final : public Origin {
 public:
  RowFile(RepoBenchFile file, std::vector<std::string>& damaged)
      : file_(std::move(file)), damaged_(damaged) {}

  Result<std::optional<NamedRow>> next_row() override {
    auto row = file_.next();
    for (; reported_ < file_.damaged().size(); ++reported_) {
      const DamagedRow& damaged = file_.damaged()[reported_];
      damaged_.push_back(fmt::format("Row {} is left out: {}", damaged.number, damaged.reason));
    }
    if (!row) return tl::unexpected(row.error());
    if (!*row) return std::nullopt;
    std::string other = std::exchange(other_, (*row)->row.all_code);
    return NamedRow{fmt::format("row {}", (*row)->number), std::move((*row)->row),
                    std::move(other)};
  }
  std::optional<EditCase> next_commit(Language, const Tokenizer&) override { return std::nullopt; }
  std::set<Language> languages() const override { return {}; }

 private:
  RepoBenchFile file_;
  std::vector<std::string>& damaged_;
  std::string other_;  // Of the row before.
  std::size_t reported_ = 0;
};

/// A folder of sources, and its history if it is a git repository. A row of each file in random
/// order, then another of each, and so on.
class Folder final : public Origin {
 public:
  /// The options must outlive it.
  Folder(SourceTree tree, fs::path folder, std::string name, const CaseOptions& options)
      : tree_(std::move(tree)),
        folder_(std::move(folder)),
        name_(std::move(name)),
        options_(options),
        random_(seed_for(options.seed, name_)) {
    std::vector<std::size_t> files(tree_.files().size());
    std::iota(files.begin(), files.end(), std::size_t{0});
    shuffle(files, random_);
    order_.assign(files.begin(), files.end());
  }

  std::set<Language> languages() const override {
    std::set<Language> found;
    for (const SourceFile& file : tree_.files()) found.insert(file.language);
    return found;
  }

  Result<std::optional<NamedRow>> next_row() override {
    if (!maker_) maker_.emplace(tree_, name_, RowOptions{.seed = options_.seed});
    while (!order_.empty()) {
      const std::size_t file = order_.front();
      order_.pop_front();
      if (!made_.contains(file)) {
        made_[file] = maker_->rows_of(file);
        shuffle(made_[file], random_);
      }
      std::vector<MadeRow>& made = made_[file];
      if (made.empty()) continue;
      NamedRow row{std::move(made.back().id), std::move(made.back().row), other_than(file)};
      made.pop_back();
      order_.push_back(file);
      return row;
    }
    return std::nullopt;
  }

  std::optional<EditCase> next_commit(Language language, const Tokenizer& tokenizer) override {
    auto [found, is_new] = commit_cases_.try_emplace(language);
    if (is_new) found->second = read_commits(language, tokenizer);
    if (found->second.empty()) return std::nullopt;
    EditCase next = std::move(found->second.back());
    found->second.pop_back();
    return next;
  }

 private:
  /// The whole text of another file of the same language, if there is one.
  std::string other_than(std::size_t file) {
    const Language language = tree_.files()[file].language;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      const std::size_t other = random_.below(tree_.files().size());
      if (other != file && tree_.files()[other].language == language) {
        return tree_.files()[other].text;
      }
    }
    return "";
  }

  std::vector<EditCase> read_commits(Language language, const Tokenizer& tokenizer) {
    std::vector<EditCase> cases;
    for (const ChangedFile& file : changes(language)) {
      auto made =
          commit_edits(file, tokenizer, {.seed = options_.seed, .most_tokens = options_.tokens});
      std::move(made.begin(), made.end(), std::back_inserter(cases));
    }
    for (EditCase& made : cases) made.id = name_ + "/" + made.id;
    shuffle(cases, random_);
    return cases;
  }

  /// What an earlier release, or the commits of a repository, had otherwise.
  std::vector<ChangedFile> changes(Language language) const {
    if (!options_.since.empty()) {
      const auto earlier = SourceTree::read(options_.since);
      if (!earlier) return {};
      return changed_files(*earlier, tree_, language,
                           "since " + options_.since.filename().string());
    }
    if (!is_repository(folder_)) return {};
    auto history = read_git_history(folder_, language);
    return history ? std::move(history->files) : std::vector<ChangedFile>();
  }

  static constexpr int kAttempts = 20;

  SourceTree tree_;
  fs::path folder_;
  std::string name_;
  const CaseOptions& options_;
  Random random_;
  std::optional<RowMaker> maker_;  // Once a row is wanted: it parses the whole tree.
  std::deque<std::size_t> order_;
  std::map<std::size_t, std::vector<MadeRow>> made_;  // By file.
  std::map<Language, std::vector<EditCase>> commit_cases_;
};

/// How many cases of which kind are still wanted: of each language, or of all together where the
/// languages are not known.
class Quota {
 public:
  Quota(const CaseOptions& options, const std::set<Language>& languages) {
    if (languages.empty()) pooled_ = Language::kPython;
    for (const Language language : pooled_ ? std::set{*pooled_} : languages) {
      const std::uint32_t share = share_of(options, language, languages.size());
      const auto kinds = static_cast<std::uint32_t>(options.kinds.size());
      for (std::uint32_t i = 0; i < kinds; ++i) {
        left_[{language, options.kinds[i]}] = share / kinds + (i < share % kinds ? 1 : 0);
      }
    }
  }

  bool wants(Language language, EditKind kind) const {
    const auto found = left_.find({pooled_.value_or(language), kind});
    return found != left_.end() && found->second > 0;
  }
  /// The kinds that are wanted of rows, the ones that are missed most first.
  std::vector<EditKind> wanted_of_rows(Language language) const {
    std::vector<std::pair<std::uint32_t, EditKind>> wanted;
    for (const auto& [key, left] : left_) {
      if (key.first == pooled_.value_or(language) && key.second != EditKind::kCommits && left > 0) {
        wanted.push_back({left, key.second});
      }
    }
    std::stable_sort(wanted.begin(), wanted.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<EditKind> kinds;
    for (const auto& entry : wanted) kinds.push_back(entry.second);
    return kinds;
  }
  void take(Language language, EditKind kind) { --left_.at({pooled_.value_or(language), kind}); }

 private:
  static std::uint32_t share_of(const CaseOptions& options, Language language,
                                std::size_t languages) {
    if (!options.limit) return std::numeric_limits<std::uint32_t>::max();
    if (languages < 2) return *options.limit;
    const std::uint32_t java = *options.limit / 3;
    return language == Language::kJava ? java : *options.limit - java;
  }

  std::optional<Language> pooled_;  // Stands for all, if it is there.
  std::map<std::pair<Language, EditKind>, std::uint32_t> left_;
};

using Origins = std::vector<std::unique_ptr<Origin>>;

Result<Origins> origins_of(const fs::path& source, const CaseOptions& options,
                           std::vector<std::string>& damaged) {
  Origins origins;
  std::error_code error;
  if (!fs::is_directory(source, error)) {
    auto file = RepoBenchFile::open(source);
    if (!file) return tl::unexpected(file.error());
    origins.push_back(std::make_unique<RowFile>(std::move(*file), damaged));
    return origins;
  }
  for (const fs::path& folder : repositories_in(source)) {
    auto tree = SourceTree::read(folder);
    if (!tree) return tl::unexpected(tree.error());
    const std::string name = fs::weakly_canonical(folder, error).filename().string();
    origins.push_back(std::make_unique<Folder>(std::move(*tree), folder, name, options));
  }
  return origins;
}

/// Makes cases of what origins give, a case of each in turns, until there are enough.
class CaseMaker {
 public:
  CaseMaker(const CaseOptions& options, const Tokenizer& tokenizer, Quota quota)
      : options_(options), tokenizer_(tokenizer), quota_(std::move(quota)) {}

  Result<std::vector<EditCase>> make(const Origins& origins) {
    bool is_going_on = true;
    while (is_going_on) {
      is_going_on = false;
      for (const auto& origin : origins) {
        const auto has_made = make_of_row(*origin);
        if (!has_made) return tl::unexpected(has_made.error());
        is_going_on = *has_made || is_going_on;
        is_going_on = make_of_commit(*origin) || is_going_on;
      }
    }
    return std::move(cases_);
  }

 private:
  /// Whether a case was made of one of the next rows.
  Result<bool> make_of_row(Origin& origin) {
    if (!wants_rows_of(origin)) return false;
    while (true) {
      auto row = origin.next_row();
      if (!row) return tl::unexpected(row.error());
      if (!*row) return false;
      if (make_of(**row)) return true;
    }
  }

  bool wants_rows_of(const Origin& origin) const {
    const std::set<Language> languages = origin.languages();
    const auto is_wanted = [&](Language language) {
      return !quota_.wanted_of_rows(language).empty();
    };
    if (languages.empty()) return is_wanted(Language::kPython);
    return std::any_of(languages.begin(), languages.end(), is_wanted);
  }

  bool make_of(const NamedRow& row) {
    const auto language = language_of_file(row.row.file_path);
    if (!language) return false;
    const std::vector<EditKind> wanted = quota_.wanted_of_rows(*language);
    if (wanted.empty()) return false;
    const Document document = document_of(row.row, *language, tokenizer_, options_.tokens);
    for (const EditKind kind : wanted) {
      EditOptions edit{.seed = options_.seed};
      if (!options_.lines.empty())
        edit.lines = options_.lines[cases_.size() % options_.lines.size()];
      auto made = make_edit(document, kind, row.id, row.other, edit);
      if (!made) continue;
      quota_.take(*language, kind);
      cases_.push_back(std::move(*made));
      return true;
    }
    return false;
  }

  bool make_of_commit(Origin& origin) {
    for (const Language language : origin.languages()) {
      if (!quota_.wants(language, EditKind::kCommits)) continue;
      auto made = origin.next_commit(language, tokenizer_);
      if (!made) continue;
      quota_.take(language, EditKind::kCommits);
      cases_.push_back(std::move(*made));
      return true;
    }
    return false;
  }

  const CaseOptions& options_;
  const Tokenizer& tokenizer_;
  Quota quota_;
  std::vector<EditCase> cases_;
};

std::set<Language> languages_of(const Origins& origins) {
  std::set<Language> languages;
  for (const auto& origin : origins) languages.merge(origin->languages());
  return languages;
}

}  // namespace

std::vector<fs::path> repositories_in(const fs::path& source) {
  if (is_repository(source)) return {source};
  std::vector<fs::path> found;
  std::error_code error;
  auto entry = fs::recursive_directory_iterator(
      source, fs::directory_options::skip_permission_denied, error);
  for (; !error && entry != fs::end(entry); entry.increment(error)) {
    if (!entry->is_directory(error) || entry->is_symlink(error)) continue;
    if (is_repository(entry->path())) {
      found.push_back(entry->path());
      entry.disable_recursion_pending();
    } else if (entry.depth() + 1 >= kDeepestRepository) {
      entry.disable_recursion_pending();
    }
  }
  if (found.empty()) return {source};
  std::sort(found.begin(), found.end());
  return found;
}

Result<Cases> cases_of(const fs::path& source, const CaseOptions& options,
                       const Tokenizer& tokenizer) {
  Cases made;
  const auto origins = origins_of(source, options, made.damaged);
  if (!origins) return tl::unexpected(origins.error());
  CaseMaker maker(options, tokenizer, Quota(options, languages_of(*origins)));
  auto cases = maker.make(*origins);
  if (!cases) return tl::unexpected(cases.error());
  made.cases = std::move(*cases);
  return made;
}

Result<std::vector<RepoBenchRow>> rows_of(const fs::path& source, const CaseOptions& options) {
  std::vector<std::string> damaged;
  const auto origins = origins_of(source, options, damaged);
  if (!origins) return tl::unexpected(origins.error());
  std::vector<RepoBenchRow> rows;
  bool is_going_on = true;
  while (is_going_on && rows.size() < options.limit.value_or(kMostRows)) {
    is_going_on = false;
    for (const auto& origin : *origins) {
      auto row = origin->next_row();
      if (!row) return tl::unexpected(row.error());
      if (!*row) continue;
      is_going_on = true;
      if (rows.size() < options.limit.value_or(kMostRows)) rows.push_back(std::move((*row)->row));
    }
  }
  return rows;
}

}  // namespace nextline::replay
