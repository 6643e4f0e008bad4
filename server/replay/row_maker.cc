#include "server/replay/row_maker.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "lsp/syntax/symbols.h"
#include "server/replay/draw.h"
#include "server/replay/source_lines.h"

namespace nextline::replay {
namespace {

using lsp::ByteSpan;
using lsp::Reference;
using lsp::SymbolKind;
using lsp::Symbols;

/// Of a definition that is shown.
constexpr std::size_t kMostSnippetLines = 60;
constexpr std::size_t kMostSnippetBytes = 2400;

/// RepoBench's levels, by the tokens of the prompt that they reach to.
struct Level {
  std::size_t tokens;
  std::string_view name;
};
constexpr std::array kLevels = {Level{1600, "2k"},   Level{3600, "4k"},   Level{7200, "8k"},
                                Level{10800, "12k"}, Level{14400, "16k"}, Level{21600, "24k"},
                                Level{28800, "32k"}, Level{57600, "64k"}};
/// What a token of code is taken for where there is no tokeniser.
constexpr std::size_t kBytesPerToken = 4;

std::string level_of(const RepoBenchRow& row) {
  std::size_t bytes = row.import_statement.size() + row.cropped_code.size();
  for (const RepoBenchRow::Snippet& snippet : row.context) bytes += snippet.text.size();
  for (const Level& level : kLevels) {
    if (bytes / kBytesPerToken <= level.tokens) return std::string(level.name);
  }
  return "128k";
}

/// A definition as its lines, as many as are shown.
std::string snippet_text(std::string_view text, const ByteSpan& whole) {
  const SourceLines lines(text);
  const std::size_t first = lines.of(whole.first);
  const bool begins_line =
      without_blanks(text.substr(lines.begin(first), whole.first - lines.begin(first))).empty();
  const std::size_t begin = begins_line ? lines.begin(first) : whole.first;
  std::size_t end = whole.last;
  for (std::size_t i = first; i <= lines.of(whole.last); ++i) {
    const bool is_more =
        i >= first + kMostSnippetLines || lines.span(i).last > begin + kMostSnippetBytes;
    if (!is_more || i == first) continue;
    end = std::min(end, lines.begin(i));
    break;
  }
  std::string shown(text.substr(begin, std::min(end - begin, kMostSnippetBytes)));
  while (shown.ends_with('\n') || shown.ends_with('\r')) shown.pop_back();
  return shown;
}

/// What a line uses of other files.
struct Use {
  std::size_t line;
  std::size_t target;  // By number.
};

/// One file and what it uses of others.
class FileRows {
 public:
  FileRows(const SourceTree& tree, const SourceIndex& index, std::size_t file, Symbols symbols)
      : tree_(tree),
        source_(tree.files()[file]),
        symbols_(std::move(symbols)),
        lines_(source_.text),
        imports_(lines_.count()) {
    for (const Reference& reference : symbols_.references()) {
      const std::size_t line = lines_.of(reference.name.first);
      imports_[line] = imports_[line] || means_import(reference);
      if (auto target = index.target_of(file, symbols_, reference)) {
        imports_[line] = true;
        uses_.push_back({line, number_of(std::move(*target))});
      }
    }
  }

  /// Which lines may be awaited: a line that the text has again would be given away.
  std::vector<bool> awaitable(std::size_t fewest_lines_above) const {
    std::vector<bool> is_awaitable = code_lines(lines_, symbols_);
    std::unordered_map<std::string_view, int> occurrences;
    for (std::size_t i = 0; i < lines_.count(); ++i) ++occurrences[lines_.code(i)];
    for (std::size_t i = 0; i < lines_.count(); ++i) {
      is_awaitable[i] = is_awaitable[i] && i >= fewest_lines_above &&
                        is_worth_awaiting(lines_[i]) && occurrences[lines_.code(i)] == 1;
    }
    return is_awaitable;
  }

  /// The uses of the awaitable lines that are their symbol's first, or that are not; of each line
  /// one.
  std::vector<Use> uses(const std::vector<bool>& is_awaitable, bool first) const {
    std::vector<Use> found;
    std::vector<std::size_t> first_line(targets_.size(), lines_.count());
    for (const Use& use : uses_) {
      first_line[use.target] = std::min(first_line[use.target], use.line);
      if (!is_awaitable[use.line] || (first_line[use.target] == use.line) != first) continue;
      if (found.empty() || found.back().line != use.line) found.push_back(use);
    }
    return found;
  }

  /// The awaitable lines that use nothing of other files, be they of the tree or not.
  std::vector<std::size_t> lines_of_its_own(const std::vector<bool>& is_awaitable) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < lines_.count(); ++i) {
      if (is_awaitable[i] && !imports_[i]) found.push_back(i);
    }
    return found;
  }

  /// Everything but the id and the repository's name.
  MadeRow row(RowSetting setting, std::size_t line, std::optional<std::size_t> gold,
              std::size_t most_snippets, Random& random) const {
    MadeRow made{};
    made.setting = setting;
    RepoBenchRow& row = made.row;
    row.file_path = source_.path;
    row.all_code = source_.text;
    row.next_line = lines_[line];
    add_file(line, row);
    add_context(gold, most_snippets, random, row);
    row.level = level_of(row);
    std::string text = source_.text;
    text.erase(lines_.begin(line), row.next_line.size());
    made.document = {source_.language, source_.path, std::move(text), lines_.begin(line),
                     row.next_line};
    return made;
  }

 private:
  bool means_import(const Reference& reference) const {
    const std::vector<std::size_t> meanings = symbols_.definitions_of(reference);
    return !meanings.empty() &&
           symbols_.definitions()[meanings.front()].kind == SymbolKind::kImport;
  }

  std::size_t number_of(Target target) {
    const auto known = std::ranges::find(targets_, target);
    if (known != targets_.end()) return static_cast<std::size_t>(known - targets_.begin());
    targets_.push_back(std::move(target));
    return targets_.size() - 1;
  }

  /// Parts the text above a line into imports and code. Imports within a function or a condition
  /// stay with it.
  void add_file(std::size_t line, RepoBenchRow& row) const {
    const std::size_t end = lines_.begin(line);
    std::size_t reached = 0;
    for (const lsp::Import& import : symbols_.imports()) {
      const std::size_t first = lines_.of(import.whole.first);
      const std::size_t last = lines_.span(lines_.of(import.whole.last - 1)).last;
      const bool begins_line = import.whole.first == lines_.begin(first);
      if (!begins_line || import.whole.first < reached || last > end) continue;
      row.cropped_code += source_.text.substr(reached, import.whole.first - reached);
      row.import_statement += source_.text.substr(import.whole.first, last - import.whole.first);
      reached = last;
    }
    row.cropped_code += source_.text.substr(reached, end - reached);
    for (std::string* const part : {&row.cropped_code, &row.import_statement}) {
      while (part->ends_with('\n') || part->ends_with('\r')) part->pop_back();
    }
  }

  void add_context(std::optional<std::size_t> gold, std::size_t most, Random& random,
                   RepoBenchRow& row) const {
    std::vector<std::size_t> shown;
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      if (i != gold) shown.push_back(i);
    }
    shuffle(shown, random);
    if (most > 0 && shown.size() + (gold ? 1 : 0) > most) shown.resize(most - (gold ? 1 : 0));
    if (gold) {
      const std::size_t place = random.below(shown.size() + 1);
      shown.insert(shown.begin() + static_cast<std::ptrdiff_t>(place), *gold);
      row.gold_snippet_index = static_cast<int>(place);
    }
    for (const std::size_t i : shown) {
      const SourceFile& file = tree_.files()[targets_[i].file];
      row.context.push_back(
          {targets_[i].identifier, file.path, snippet_text(file.text, targets_[i].whole)});
    }
  }

  const SourceTree& tree_;
  const SourceFile& source_;
  Symbols symbols_;
  SourceLines lines_;
  std::vector<bool> imports_;  // By line: whether it uses what is imported.
  std::vector<Target> targets_;
  std::vector<Use> uses_;
};

}  // namespace

std::string_view name_of(RowSetting setting) {
  switch (setting) {
    case RowSetting::kCrossFileFirst:
      return "cross_file_first";
    case RowSetting::kCrossFileRandom:
      return "cross_file_random";
    case RowSetting::kInFile:
      break;
  }
  return "in_file";
}

RowMaker::RowMaker(const SourceTree& tree, std::string repository, const RowOptions& options)
    : tree_(tree), index_(tree), repository_(std::move(repository)), options_(options) {}

std::vector<MadeRow> RowMaker::rows_of(std::size_t file) const {
  const SourceFile& source = tree_.files()[file];
  auto symbols = Symbols::of(source.path, source.text);
  // What could not be parsed would have lines that only seem to be code.
  if (!symbols || symbols->has_errors()) return {};
  const FileRows rows(tree_, index_, file, std::move(*symbols));
  const std::vector<bool> is_awaitable = rows.awaitable(options_.fewest_lines_above);
  Random random(seed_for(options_.seed, source.path));
  std::vector<MadeRow> made;
  const auto add = [&](RowSetting setting, std::size_t line, std::optional<std::size_t> gold) {
    made.push_back(rows.row(setting, line, gold, options_.most_snippets, random));
    made.back().row.repo_name = repository_;
    made.back().id = fmt::format("{}/{}:{}", repository_, source.path, line + 1);
  };

  const std::vector<Use> first = rows.uses(is_awaitable, true);
  if (!first.empty()) add(RowSetting::kCrossFileFirst, first.front().line, first.front().target);
  std::vector<Use> later = rows.uses(is_awaitable, false);
  shuffle(later, random);
  for (std::size_t i = 0; i < std::min(later.size(), options_.rows_per_setting); ++i) {
    add(RowSetting::kCrossFileRandom, later[i].line, later[i].target);
  }
  std::vector<std::size_t> own = rows.lines_of_its_own(is_awaitable);
  shuffle(own, random);
  for (std::size_t i = 0; i < std::min(own.size(), options_.rows_per_setting); ++i) {
    add(RowSetting::kInFile, own[i], std::nullopt);
  }
  return made;
}

}  // namespace nextline::replay
