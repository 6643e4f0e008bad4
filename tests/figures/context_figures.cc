// What the definitions of other files cost and what they are worth: reading a workspace into an
// index, updating a file, choosing what a document is shown; and for how many lines that use
// something of another file the choice has it. Figures to read, not a test.
//
//   context_figures cost FOLDER
//   context_figures recall FOLDER...

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/context/context_chooser.h"
#include "lsp/context/workspace_reader.h"
#include "server/replay/row_maker.h"
#include "server/replay/source_tree.h"

namespace {

namespace lsp = nextline::lsp;
namespace replay = nextline::replay;

constexpr std::array<std::size_t, 3> kBudgets = {1750, 3500, 7000};

/// Microseconds of this thread's processor time: what others do meanwhile does not count.
double now() {
  std::timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

void print_cost(const std::string& folder) {
  lsp::SymbolIndex index;
  lsp::WorkspaceReader reader(index, folder);
  const double start = now();
  double longest = 0;
  for (bool goes_on = true; goes_on;) {
    const double before = now();
    goes_on = reader.step();
    longest = std::max(longest, now() - before);
  }
  const double seconds = (now() - start) / 1e6;

  const lsp::WorkspaceFiles files(folder);
  std::size_t bytes = 0;
  std::vector<double> updates;  // Per 1,000 lines.
  std::vector<double> choices;
  for (const std::string& path : index.paths()) {
    auto text = files.read(path);
    if (!text) continue;
    bytes += text->size();
    const auto lines = static_cast<double>(std::ranges::count(*text, '\n'));
    lsp::ContextChooser chooser(index);
    const double before = now();
    chooser.update({path, *text, text->size() / 2}, kBudgets[1]);
    choices.push_back(now() - before);
    if (lines < 200) continue;
    *text += "\n";
    const double updated = now();
    index.update(path, *text);
    updates.push_back((now() - updated) * 1000 / lines);
  }
  const auto definitions = static_cast<double>(index.definition_count());
  fmt::print("{} files, {:.1f} MB, {} definitions in {:.2f} s: {:.0f} files/s, {:.1f} MB/s\n",
             index.file_count(), static_cast<double>(bytes) / 1e6, definitions, seconds,
             static_cast<double>(index.file_count()) / seconds,
             static_cast<double>(bytes) / 1e6 / seconds);
  fmt::print("longest step {:.0f} us; {:.0f} bytes per definition\n", longest,
             static_cast<double>(index.bytes()) / definitions);
  fmt::print("update, per 1,000 lines: p50 {:.0f} us, p95 {:.0f} us\n", percentile(updates, 0.5),
             percentile(updates, 0.95));
  fmt::print("choice: p50 {:.0f} us, p95 {:.0f} us\n", percentile(choices, 0.5),
             percentile(choices, 0.95));
}

bool is_name_byte(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Whether a file's snippets have a name.
bool shows(std::span<const lsp::ContextSnippet> snippets, std::string_view path,
           std::string_view name) {
  return std::ranges::any_of(snippets, [&](const lsp::ContextSnippet& snippet) {
    if (snippet.path != path) return false;
    const std::string_view text = snippet.text;
    for (std::size_t at = text.find(name); at != std::string_view::npos;
         at = text.find(name, at + 1)) {
      const std::size_t end = at + name.size();
      if ((at == 0 || !is_name_byte(text[at - 1])) &&
          (end == text.size() || !is_name_byte(text[end]))) {
        return true;
      }
    }
    return false;
  });
}

struct Recall {
  std::size_t rows = 0;
  std::array<std::size_t, kBudgets.size()> found{};
  std::array<std::size_t, kBudgets.size()> bytes{};
};

void add_recall(const std::string& folder, std::map<std::string, Recall>& recalls) {
  const auto tree = replay::SourceTree::read(folder);
  if (!tree) return;
  lsp::SymbolIndex index(std::size_t{256} << 20U);
  for (const replay::SourceFile& file : tree->files()) index.update(file.path, file.text);
  const replay::RowMaker maker(*tree, "tree");
  for (std::size_t i = 0; i < tree->files().size(); ++i) {
    for (const replay::MadeRow& made : maker.rows_of(i)) {
      if (made.row.gold_snippet_index < 0) continue;
      const auto& gold = made.row.context[static_cast<std::size_t>(made.row.gold_snippet_index)];
      const bool is_java = made.row.file_path.ends_with(".java");
      Recall& recall =
          recalls[fmt::format("{} {}", is_java ? "java" : "python", replay::name_of(made.setting))];
      ++recall.rows;
      for (std::size_t k = 0; k < kBudgets.size(); ++k) {
        lsp::ContextChooser chooser(index);
        chooser.update({made.document.path, made.document.text, made.document.cursor}, kBudgets[k]);
        recall.found[k] += shows(chooser.snippets(), gold.path, gold.identifier) ? 1 : 0;
        recall.bytes[k] += lsp::context_text(chooser.snippets()).size();
      }
    }
  }
}

void print_recall(std::span<char* const> folders) {
  std::map<std::string, Recall> recalls;
  for (const char* const folder : folders) add_recall(folder, recalls);
  for (const auto& [what, recall] : recalls) {
    fmt::print("{:<28} {:>5} rows", what, recall.rows);
    for (std::size_t k = 0; k < kBudgets.size(); ++k) {
      const auto rows = static_cast<double>(recall.rows);
      fmt::print("   {} bytes: {:.1f} % (uses {:.0f})", kBudgets[k],
                 100 * static_cast<double>(recall.found[k]) / rows,
                 static_cast<double>(recall.bytes[k]) / rows);
    }
    fmt::print("\n");
  }
}

}  // namespace

int main(int argument_count, char** arguments) {
  const std::span all(arguments, static_cast<std::size_t>(argument_count));
  const std::string_view what = all.size() > 2 ? all[1] : "";
  if (what == "cost") {
    print_cost(all[2]);
  } else if (what == "recall") {
    print_recall(all.subspan(2));
  } else {
    fmt::print(stderr, "usage: context_figures cost FOLDER | recall FOLDER...\n");
    return 2;
  }
  return EXIT_SUCCESS;
}
