#include "server/replay/commit_edits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>
#include <string>
#include <utility>

#include "lsp/syntax/symbols.h"
#include "lsp/workspace/line_hunks.h"
#include "server/replay/document_window.h"
#include "server/replay/draw.h"
#include "server/replay/source_lines.h"
#include "server/replay/undone_edit.h"

namespace nextline::replay {
namespace {

/// Unchanged lines between a hunk and the next: git prints hunks that are closer as one.
constexpr std::size_t kFewestLinesBetween = 3;
/// Between the awaited lines of a file's cases.
constexpr std::size_t kFewestLinesApart = 20;
/// Places of a file that are tried in vain.
constexpr std::size_t kMostTrials = 12;
constexpr std::size_t kDigitsOfHash = 12;

/// Why a line is awaited, the best reason first.
enum class Reason : std::uint8_t {
  kChangedAndUsesChange,
  kChanged,
  kUsesChange,
};
constexpr std::array<std::string_view, 3> kVariants = {"changed line that uses a change",
                                                       "changed line", "line that uses a change"};

/// A version of the file.
struct Version {
  SourceLines lines;
  lsp::Symbols symbols;
  std::vector<bool> is_code;
  std::vector<bool> is_import;

  static std::optional<Version> of(const std::string& path, std::string_view text) {
    auto symbols = lsp::Symbols::of(path, text);
    if (!symbols) return std::nullopt;
    SourceLines lines(text);
    std::vector<bool> code = code_lines(lines, *symbols);
    std::vector<bool> imports(lines.count());
    for (const lsp::Import& import : symbols->imports()) {
      if (import.whole.is_empty()) continue;
      for (std::size_t i = lines.of(import.whole.first); i <= lines.of(import.whole.last - 1);
           ++i) {
        imports[i] = true;
      }
    }
    return Version{std::move(lines), std::move(*symbols), std::move(code), std::move(imports)};
  }

  /// Whether lines [first, last) are more than comments and blank lines.
  bool says_something(std::size_t first, std::size_t last) const {
    for (std::size_t i = first; i < last; ++i) {
      if (is_code[i] || is_import[i]) return true;
    }
    return false;
  }
};

/// A line to be guessed.
struct Place {
  std::size_t line;                    ///< Of the new text.
  std::size_t hunks_above;             ///< Hunks that end at the line or above it.
  std::optional<std::size_t> current;  ///< The hunk that has the line.
  std::vector<std::size_t> reasons;    ///< Hunks above without which there would be no case.
  Reason reason;
};

class CommitEditMaker {
 public:
  CommitEditMaker(const ChangedFile& file, Language language, Version old_version,
                  Version new_version, const Tokenizer& tokenizer, const CommitEditOptions& options)
      : file_(file),
        language_(language),
        old_(std::move(old_version)),
        new_(std::move(new_version)),
        hunks_(lsp::line_hunks(file.old_text, file.new_text)),
        tokenizer_(tokenizer),
        options_(options) {
    for (const lsp::LineHunk& hunk : hunks_) {
      matters_.push_back(old_.says_something(hunk.old_first, hunk.old_last) ||
                         new_.says_something(hunk.new_first, hunk.new_last));
    }
  }

  std::vector<EditCase> make() {
    std::vector<Place> places = places_to_guess();
    Random random(seed_for(options_.seed, fmt::format("{}:{}", file_.change, file_.path)));
    shuffle(places, random);
    std::ranges::stable_sort(places, {}, &Place::reason);
    std::vector<EditCase> made;
    std::vector<std::size_t> taken;
    std::size_t trials = 0;
    for (const Place& place : places) {
      if (made.size() == options_.cases_per_file || trials == kMostTrials) break;
      const bool is_near = std::ranges::any_of(taken, [&](std::size_t line) {
        return std::max(line, place.line) - std::min(line, place.line) < kFewestLinesApart;
      });
      if (is_near) continue;
      if (auto edit_case = case_at(place)) {
        made.push_back(std::move(*edit_case));
        taken.push_back(place.line);
      } else {
        ++trials;
      }
    }
    return made;
  }

 private:
  std::vector<Place> places_to_guess() const {
    std::vector<Place> places;
    std::size_t above = 0;
    for (std::size_t line = 0; line < new_.lines.count(); ++line) {
      while (above < hunks_.size() && hunks_[above].new_last <= line) ++above;
      if (above == 0 || !new_.is_code[line] || !is_worth_awaiting(new_.lines[line])) continue;
      if (auto place = place_at(line, above)) places.push_back(std::move(*place));
    }
    return places;
  }

  std::optional<Place> place_at(std::size_t line, std::size_t above) const {
    Place place{line, above, {}, {}, Reason::kUsesChange};
    if (above < hunks_.size() && hunks_[above].new_first <= line) place.current = above;
    const std::size_t begin = place.current ? hunks_[above].new_first : line;
    const auto is_apart = [&](std::size_t hunk) {
      return matters_[hunk] && hunks_[hunk].new_last + kFewestLinesBetween <= begin;
    };
    for (const std::size_t hunk : hunks_used(line)) {
      if (hunk < above && is_apart(hunk)) place.reasons.push_back(hunk);
    }
    if (!place.reasons.empty()) {
      if (place.current) place.reason = Reason::kChangedAndUsesChange;
      return place;
    }
    if (!place.current) return std::nullopt;
    place.reason = Reason::kChanged;
    for (std::size_t hunk = 0; hunk < above; ++hunk) {
      if (is_apart(hunk)) place.reasons.push_back(hunk);
    }
    if (place.reasons.empty()) return std::nullopt;
    return place;
  }

  /// The hunks that define anew what a line refers to.
  std::vector<std::size_t> hunks_used(std::size_t line) const {
    std::vector<std::size_t> used;
    const auto& references = new_.symbols.references();
    const lsp::ByteSpan span = new_.lines.span(line);
    auto reference = std::ranges::lower_bound(references, span.first, {},
                                              [](const auto& each) { return each.name.first; });
    for (; reference != references.end() && span.has(reference->name); ++reference) {
      for (const std::size_t number : new_.symbols.definitions_of(*reference)) {
        const auto hunk = hunk_that_defines(new_.symbols.definitions()[number]);
        if (hunk && std::ranges::find(used, *hunk) == used.end()) used.push_back(*hunk);
      }
    }
    return used;
  }

  std::optional<std::size_t> hunk_that_defines(const lsp::Definition& definition) const {
    const std::size_t line = new_.lines.of(definition.name.first);
    const auto hunk = std::ranges::upper_bound(hunks_, line, {}, &lsp::LineHunk::new_last);
    if (hunk == hunks_.end() || line < hunk->new_first) return std::nullopt;
    // Of a statement that imports several names, one may be new and the others not.
    const std::string_view old_lines = old_.lines.range(hunk->old_first, hunk->old_last);
    if (definition.kind == lsp::SymbolKind::kImport &&
        has_word(old_lines, definition.name.of(file_.new_text))) {
      return std::nullopt;
    }
    return static_cast<std::size_t>(hunk - hunks_.begin());
  }

  std::string_view line_end(std::size_t line) const {
    return new_.lines.with_end(line).substr(new_.lines[line].size());
  }

  /// The first line of the old text that stands behind the awaited one.
  std::size_t first_old_line_below(const Place& place) const {
    if (place.current) return hunks_[*place.current].old_last;
    const lsp::LineHunk& last = hunks_[place.hunks_above - 1];
    return place.line - last.new_last + last.old_last + 1;
  }

  /// The file with the cursor in this place, the awaited line left out.
  Document document_at(const Place& place) const {
    Document document{language_, file_.path, std::string(new_.lines.range(0, place.line)), 0,
                      std::string(new_.lines[place.line])};
    document.cursor = document.text.size();
    document.text += line_end(place.line);
    document.text += old_.lines.range(first_old_line_below(place), old_.lines.count());
    return document;
  }

  /// Whether the change only moved the line or indented it anew, or the line below is the same:
  /// then there is little to be guessed.
  bool is_given_away(const Place& place) const {
    const std::string_view awaited = new_.lines.code(place.line);
    const auto is_it = [&](std::size_t line) { return old_.lines.code(line) == awaited; };
    for (const lsp::LineHunk& hunk : hunks_) {
      for (std::size_t line = hunk.old_first; line < hunk.old_last; ++line) {
        if (is_it(line)) return true;
      }
    }
    std::size_t below = first_old_line_below(place);
    while (below < old_.lines.count() && old_.lines.code(below).empty()) ++below;
    return below < old_.lines.count() && is_it(below);
  }

  /// What a hunk brought above the awaited line of a document, and what was there before.
  UndoneEdit undone(const lsp::LineHunk& hunk, const Place& place) const {
    const std::string before(old_.lines.range(hunk.old_first, hunk.old_last));
    if (hunk.new_last <= place.line) {
      return {{new_.lines.begin(hunk.new_first), new_.lines.begin(hunk.new_last)}, before};
    }
    // The line that the cursor is in is one of the hunk's.
    return {{new_.lines.begin(hunk.new_first),
             new_.lines.begin(place.line) + line_end(place.line).size()},
            before};
  }

  std::optional<EditCase> case_at(const Place& place) const {
    if (is_given_away(place)) return std::nullopt;
    const Document whole = document_at(place);
    // What was removed may be more than what came, so that a window that is full was too full.
    for (std::size_t budget = options_.most_tokens; budget > options_.most_tokens / 2;) {
      auto made = case_in(window_of(whole, tokenizer_, budget), place);
      if (!made) return std::nullopt;
      const std::size_t tokens = tokenizer_.encode(made->old_text).size();
      if (tokens <= options_.most_tokens) return made;
      budget -= std::min(budget, tokens - options_.most_tokens);
    }
    return std::nullopt;
  }

  /// Nothing if the window has none of the hunks for which the place was chosen.
  std::optional<EditCase> case_in(const DocumentWindow& window, const Place& place) const {
    std::vector<UndoneEdit> edits;
    bool has_reason = false;
    const std::size_t made_hunks = place.hunks_above + (place.current ? 1 : 0);
    for (std::size_t hunk = 0; hunk < made_hunks; ++hunk) {
      UndoneEdit edit = undone(hunks_[hunk], place);
      const auto now = window.place_of(edit.now);
      if (!now || (now->is_empty() && edit.before.empty())) continue;
      has_reason |= std::ranges::find(place.reasons, hunk) != place.reasons.end();
      edit.now = *now;
      edits.push_back(std::move(edit));
    }
    if (!has_reason) return std::nullopt;
    const std::string variant(kVariants[static_cast<std::size_t>(place.reason)]);
    EditCase made = in_steps(case_of(window.document, EditKind::kCommits, variant, edits),
                             window.document.cursor);
    made.id = fmt::format("{}:{}:{}:{}", std::string_view(file_.change).substr(0, kDigitsOfHash),
                          file_.path, place.line + 1, name_of(made.kind));
    assert(new_text(made) == window.document.text);
    return made;
  }

  /// Makes a step of each edit, the cursor behind what it brought; the first begins where the first
  /// edit is, the last ends at the awaited line.
  static EditCase in_steps(EditCase made, std::size_t awaited_at) {
    std::vector<TextEdit> edits = std::move(made.steps.front().edits);
    made.steps.clear();
    made.old_cursor = edits.front().offset;
    for (TextEdit& edit : edits) {
      const std::size_t behind = edit.offset + edit.inserted.size();
      made.steps.push_back({{std::move(edit)}, std::min(behind, awaited_at)});
    }
    if (made.steps.back().cursor != awaited_at) made.steps.push_back({{}, awaited_at});
    return made;
  }

  const ChangedFile& file_;
  Language language_;
  Version old_;
  Version new_;
  std::vector<lsp::LineHunk> hunks_;
  std::vector<bool> matters_;  // Of each hunk: whether it changes more than comments.
  const Tokenizer& tokenizer_;
  CommitEditOptions options_;
};

}  // namespace

std::vector<EditCase> commit_edits(const ChangedFile& file, const Tokenizer& tokenizer,
                                   const CommitEditOptions& options) {
  const auto language = language_of_file(file.path);
  if (!language) return {};
  auto old_version = Version::of(file.path, file.old_text);
  auto new_version = Version::of(file.path, file.new_text);
  if (!old_version || !new_version) return {};
  return CommitEditMaker(file, *language, std::move(*old_version), std::move(*new_version),
                         tokenizer, options)
      .make();
}

}  // namespace nextline::replay
