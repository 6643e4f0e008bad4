#include "lsp/completion/suggestion_memory.h"

#include <algorithm>
#include <utility>

namespace nextline::lsp {
namespace {

/// A suggestion that is accepted is followed by the next one; to take both back is rare.
constexpr std::size_t kMostRemembered = 4;

/// Bytes that an editor puts behind the cursor by itself, at most, to close what is typed.
constexpr std::size_t kMostClosers = 16;
constexpr std::string_view kClosers = ")]}>\"'`";

/// Whether what stands behind the cursor is what stood there before: `taken_up`, the text that a
/// suggestion says again, or the end of it that has not been typed over yet, and the closers that
/// an editor has put before it.
bool is_left_of(std::string_view behind, std::string_view taken_up) {
  const std::size_t closers =
      std::min({behind.find_first_not_of(kClosers), behind.size(), kMostClosers});
  for (std::size_t i = 0; i <= closers; ++i) {
    if (taken_up.ends_with(behind.substr(i))) return true;
  }
  return false;
}

/// How much of what a suggestion says has been typed where the text before the cursor is `before`
/// and then `selected`; nothing if that says something else.
std::optional<std::size_t> typed_of(const MadeSuggestion& made, std::string_view before,
                                    std::string_view selected) {
  const std::string_view made_for = *made.text;
  const std::size_t size = before.size() + selected.size();
  if (size < made.first || size - made.first > made.said.size()) return std::nullopt;
  const std::size_t typed = size - made.first;
  const std::size_t same = std::min(before.size(), made.first);
  if (before.substr(0, same) != made_for.substr(0, same)) return std::nullopt;
  const std::string expected =
      std::string(made_for.substr(same, made.first - same)).append(made.said, 0, typed);
  if (std::string(before.substr(same)).append(selected) != expected) return std::nullopt;
  return typed;
}

/// The same for a place of a text, behind which the text must be the one that stood there before.
std::optional<std::size_t> typed_at(const MadeSuggestion& made, std::string_view text,
                                    const Place& place) {
  const std::string_view made_for = *made.text;
  const std::string_view behind = text.substr(place.offset);
  const std::string_view rest = made_for.substr(made.last);
  if (!behind.ends_with(rest)) return std::nullopt;
  const std::string_view taken_up = made_for.substr(made.cursor, made.last - made.cursor);
  if (!is_left_of(behind.substr(0, behind.size() - rest.size()), taken_up)) return std::nullopt;
  return typed_of(made, text.substr(0, place.selected ? place.selected_from : place.offset),
                  place.selected.value_or(""));
}

/// What is left of a suggestion, which took nothing to say.
Suggestion rest_of(const Suggestion& made, FittedText rest) {
  Suggestion suggestion = made;
  suggestion.completion.text = rest.text;
  suggestion.completion.token_ids.clear();
  const std::uint32_t prompt = made.completion.tokens.prompt;
  suggestion.completion.tokens = {.prompt = prompt, .reused = prompt};
  suggestion.completion.timing = {};
  suggestion.completion.drafts.clear();
  suggestion.drafts.clear();
  suggestion.text = std::move(rest.text);
  suggestion.replaced_behind = rest.replaced_behind;
  return suggestion;
}

}  // namespace

std::string MadeSuggestion::accepted() const {
  std::string whole;
  whole.reserve(text->size() + said.size());
  return whole.append(*text, 0, first).append(said).append(*text, last);
}

const MadeSuggestion& SuggestionMemory::remember(SharedText text, const Place& place,
                                                 Suggestion suggestion) {
  told_text_ = text;
  told_cursor_ = place.offset;
  return add(std::move(text), place, std::move(suggestion));
}

const MadeSuggestion& SuggestionMemory::add(SharedText text, const Place& place,
                                            Suggestion suggestion) {
  made_.push_front({.text = std::move(text),
                    .first = place.selected ? place.selected_from : place.offset,
                    .last = place.offset + suggestion.replaced_behind,
                    .said = place.selected.value_or("") + suggestion.text,
                    .cursor = place.offset,
                    .automatic_from = place.is_automatic ? 0 : MadeSuggestion::kNever,
                    .is_prepared = false,
                    .suggestion = std::move(suggestion)});
  if (made_.size() > kMostRemembered) made_.pop_back();
  return made_.front();
}

void SuggestionMemory::remember_prepared(SharedText text, std::size_t offset,
                                         Completer::Ahead ahead) {
  // One that was prepared and never asked for gives way.
  std::erase_if(made_, [](const MadeSuggestion& made) { return made.is_prepared; });
  add(std::move(text), {.offset = offset, .is_automatic = true}, std::move(ahead.suggestion));
  MadeSuggestion& made = made_.front();
  made.is_prepared = true;
  made.unsure = ahead.unsure;
  if (ahead.is_behind_statement) {
    const std::size_t line_end = made.said.find('\n');
    made.automatic_from = line_end == std::string::npos ? MadeSuggestion::kNever : line_end + 1;
  }
}

std::optional<SuggestionMemory::Recalled> SuggestionMemory::recall(const SharedText& text,
                                                                   const Place& place,
                                                                   const Fit& fit) {
  if (!place.is_automatic && text == told_text_ && place.offset == told_cursor_) {
    return std::nullopt;
  }
  for (auto made = made_.begin(); made != made_.end();) {
    const auto typed = typed_at(*made, *text, place);
    if (!typed && !made->is_prepared && !place.selected) {
      made = made_.erase(made);
      continue;
    }
    MadeSuggestion& candidate = *made++;
    if (!typed || (place.is_automatic && *typed < candidate.automatic_from)) continue;
    FittedText rest;
    if (!candidate.said.empty()) {
      Fitted fits = fit(std::string_view(candidate.said).substr(*typed));
      if (!fits) continue;
      rest = std::move(*fits);
    }
    Recalled recalled{rest_of(candidate.suggestion, std::move(rest))};
    if (place.is_automatic && candidate.unsure) {
      if (*typed > 0) continue;  // Knowing that, the model may be sure.
      recalled.suggestion = held_back(std::move(recalled.suggestion), *candidate.unsure);
    }
    if (std::exchange(candidate.is_prepared, false)) recalled.prepared = &candidate;
    told_text_ = text;
    told_cursor_ = place.offset;
    return recalled;
  }
  return std::nullopt;
}

}  // namespace nextline::lsp
