#include "server/replay/line_edits.h"

#include <fmt/format.h>
#include <array>

#include <algorithm>
#include <string>
#include <vector>

#include "server/replay/draw.h"
#include "server/replay/undone_edit.h"

namespace nextline::replay {
namespace {

constexpr int kDraws = 128;
constexpr std::size_t kMostLines = 8;
constexpr std::size_t kMostLinesOfMulti = 3;
constexpr std::size_t kFewestPlaces = 3;
constexpr std::size_t kMostPlaces = 5;

/// Lines [first, last) of the document; empty where old lines stood in front of `first`.
struct Run {
  std::size_t first;
  std::size_t last;
};

class LineEditor {
 public:
  LineEditor(const DocumentCode& code, const OtherCode& other, Random& random)
      : code_(code), other_(other), random_(random) {}

  std::optional<UndoneEdit> edit(EditKind kind, std::size_t count) {
    const auto run = draw_run(kind == EditKind::kDelete ? 0 : count);
    if (!run) return std::nullopt;
    UndoneEdit edit{{lines().begin(run->first), lines().begin(run->last)}, ""};
    if (kind != EditKind::kInsert) {
      auto before = other_.lines(code_, count, indentation(*run), random_);
      if (!before || *before == edit.now.of(code_.text())) return std::nullopt;
      edit.before = std::move(*before);
    }
    taken_.push_back(*run);
    return edit;
  }

 private:
  const SourceLines& lines() const { return code_.lines(); }

  /// The indentation that a line has in the run's place.
  std::string_view indentation(const Run& run) const {
    std::size_t line = run.first;
    while (line < code_.awaited_line() && !code_.is_code(line)) ++line;
    return indentation_of(lines()[line]);
  }

  /// How many lines there are between an edit and the awaited line, of 0 to `most`.
  std::size_t draw_distance(std::size_t most) {
    std::size_t doublings = 0;
    while ((std::size_t{2} << doublings) - 1 <= most) ++doublings;
    const std::size_t least = (std::size_t{1} << random_.below(doublings + 1)) - 1;
    return least + random_.below(std::min(least, most - least) + 1);
  }

  bool is_free(const Run& run) const {
    return std::ranges::none_of(taken_, [&](const Run& other) {
      return run.first <= other.last && other.first <= run.last;
    });
  }

  bool fits(const Run& run) const {
    if (!is_free(run)) return false;
    if (run.first == run.last) {
      return run.first > 0 && code_.is_code(run.first - 1) && !code_.is_within_whole(run.first);
    }
    return code_.is_code(run.first) && code_.is_code(run.last - 1) &&
           !code_.is_within_whole(run.last) &&
           !code_.gives_away(lines().range(run.first, run.last));
  }

  /// Whether lines could stand in front of this one: nothing is left open above it.
  bool begins_statement(std::size_t line) const {
    const std::string_view above = lines().code(line - 1);
    constexpr std::string_view kOpenInPython = ",([{\\";
    constexpr std::string_view kClosedInJava = ";{}";
    return code_.document().language == Language::kPython
               ? kOpenInPython.find(above.back()) == std::string_view::npos
               : kClosedInJava.find(above.back()) != std::string_view::npos;
  }

  /// Whole statements, or a place between two, if that can be had.
  std::optional<Run> draw_run(std::size_t count) {
    std::optional<Run> found;
    if (code_.awaited_line() < count) return found;
    for (int draw = 0; draw < kDraws; ++draw) {
      const std::size_t last = code_.awaited_line() - draw_distance(code_.awaited_line() - count);
      const Run run{last - count, last};
      if (!fits(run)) continue;
      const bool is_whole =
          count == 0 ? begins_statement(run.first) : are_whole(lines(), run.first, run.last);
      if (found && !is_whole) continue;
      found = run;
      if (is_whole) break;
    }
    return found;
  }

  const DocumentCode& code_;
  const OtherCode& other_;
  Random& random_;
  std::vector<Run> taken_;
};

Result<EditCase> edit_places(const DocumentCode& code, const OtherCode& other,
                             std::optional<std::size_t> lines, Random& random) {
  LineEditor editor(code, other, random);
  const std::size_t places = kFewestPlaces + random.below(kMostPlaces - kFewestPlaces + 1);
  constexpr std::array kKinds = {EditKind::kInsert, EditKind::kDelete, EditKind::kReplace};
  std::vector<UndoneEdit> edits;
  for (int draw = 0; draw < kDraws && edits.size() < places; ++draw) {
    const EditKind kind = kKinds[random.below(kKinds.size())];
    const std::size_t count = lines ? *lines : 1 + random.below(kMostLinesOfMulti);
    if (auto edit = editor.edit(kind, count)) edits.push_back(std::move(*edit));
  }
  if (edits.size() < kFewestPlaces) {
    return failure("There are not three places above the awaited line to be edited.");
  }
  std::ranges::sort(edits, {}, [](const UndoneEdit& edit) { return edit.now.first; });
  return case_of(code.document(), EditKind::kMulti, counted(edits.size(), "place"), edits);
}

}  // namespace

Result<EditCase> edit_lines(const DocumentCode& code, EditKind kind, const OtherCode& other,
                            std::optional<std::size_t> lines, Random& random) {
  if (kind == EditKind::kMulti) return edit_places(code, other, lines, random);
  LineEditor editor(code, other, random);
  const std::size_t count = lines ? *lines : 1 + random.below(kMostLines);
  const auto edit = editor.edit(kind, count);
  if (!edit) {
    return failure(fmt::format("There is no place above the awaited line for an edit of {}.",
                               counted(count, "line")));
  }
  return case_of(code.document(), kind, counted(count, "line"), {*edit});
}

}  // namespace nextline::replay
