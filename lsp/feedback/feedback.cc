#include "lsp/feedback/feedback.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "lsp/feedback/kept.h"
#include "lsp/protocol/position_encoding.h"

namespace nextline::lsp {
namespace {

/// Blanks may have been inserted, too, but hardly more of them than this.
constexpr std::size_t kMostBlanksAdded = 4096;

SuggestionCounts counts_of(Kept kept) {
  switch (kept) {
    case Kept::kWhole:
      return {.kept_whole = 1};
    case Kept::kPartly:
      return {.kept_partly = 1};
    case Kept::kGone:
      break;
  }
  return {.gone = 1};
}

}  // namespace

void Feedback::open(DocumentId document, std::string_view language,
                    std::shared_ptr<const Text> text) {
  documents_.insert_or_assign(document,
                              OpenDocument{language_in_statistics(language), std::move(text)});
}

void Feedback::change(DocumentId document, std::shared_ptr<const Text> text,
                      std::span<const ByteEdit> edits) {
  documents_.at(document).text = std::move(text);
  for (auto& [number, suggestion] : suggestions_) {
    if (suggestion.document != document) continue;
    suggestion.place.follow(edits);
    if (suggestion.there) {
      suggestion.there->follow(edits);
    } else {
      look_for(suggestion);
    }
  }
}

void Feedback::close(DocumentId document) {
  std::erase_if(suggestions_, [&](const auto& entry) {
    if (entry.second.document != document) return false;
    judge(entry.second);
    return true;
  });
  documents_.erase(document);
}

void Feedback::close_all() {
  while (!documents_.empty()) close(documents_.begin()->first);
}

void Feedback::asked(DocumentId document) {
  if (!options_.statistics) return;
  options_.statistics->add(options_.statistics->today(), documents_.at(document).language,
                           {.asked = 1});
}

Feedback::SuggestionNumber Feedback::answered(DocumentId document, GivenSuggestion given) {
  const SuggestionNumber number = answered_beside(document, std::move(given));
  count(suggestions_.at(number), {.answered = 1});
  return number;
}

Feedback::SuggestionNumber Feedback::answered_beside(DocumentId document, GivenSuggestion given) {
  if (suggestions_.size() == kMostKnown) {
    judge(suggestions_.begin()->second);
    suggestions_.erase(suggestions_.begin());
  }
  const FollowedText place(given.first, given.first);
  const Day day = options_.statistics ? options_.statistics->today() : Day();
  const auto [entry, is_new] = suggestions_.emplace(
      ++last_number_,
      Suggestion{document, documents_.at(document).language, day, std::move(given), place});
  return entry->first;
}

void Feedback::shown(SuggestionNumber number) {
  Suggestion* const suggestion = find(number);
  if (!suggestion || std::exchange(suggestion->is_shown, true)) return;
  count(*suggestion, {.shown = 1});
}

void Feedback::accepted(SuggestionNumber number) {
  if (const Suggestion* const suggestion = find(number)) {
    accept(number, suggestion->given.text.size());
  }
}

void Feedback::partly_accepted(SuggestionNumber number, std::uint32_t units) {
  if (const Suggestion* const suggestion = find(number)) {
    accept(number, find_column(suggestion->given.text, units, PositionEncoding::kUtf16).offset);
  }
}

void Feedback::accept(SuggestionNumber number, std::size_t bytes) {
  Suggestion& suggestion = suggestions_.at(number);
  const GivenSuggestion& given = suggestion.given;
  const std::size_t before = std::max(suggestion.accepted, given.typed);
  if (bytes <= before) return;
  const bool is_first = suggestion.accepted == 0;
  suggestion.accepted = bytes;
  suggestion.there.reset();
  look_for(suggestion);
  const std::string_view more = std::string_view(given.text).substr(before, bytes - before);
  count(suggestion, {.accepted = is_first ? 1U : 0U,
                     .accepted_whole = bytes == given.text.size() ? 1U : 0U,
                     .accepted_characters = count_characters(more)});
  if (!options_.call_later) return;
  options_.call_later(kPatience, [this, number, bytes] {
    const auto judged = suggestions_.find(number);
    if (judged == suggestions_.end() || judged->second.accepted != bytes) return;
    judge(judged->second);
    suggestions_.erase(judged);
  });
}

void Feedback::look_for(Suggestion& suggestion) const {
  if (suggestion.accepted == 0) return;
  const std::size_t first = suggestion.place.first();
  const std::string_view wanted =
      std::string_view(suggestion.given.text).substr(0, suggestion.accepted);
  const std::string_view behind = std::string_view(documents_.at(suggestion.document).text->bytes())
                                      .substr(first, wanted.size() + kMostBlanksAdded);
  const auto size = spelt_at_beginning(behind, wanted);
  if (!size) return;
  const std::size_t typed =
      spelt_at_beginning(behind, wanted.substr(0, suggestion.given.typed)).value_or(0);
  suggestion.seen = behind.substr(typed, *size - typed);
  suggestion.there.emplace(first + typed, first + *size);
}

void Feedback::judge(const Suggestion& suggestion) {
  if (suggestion.accepted == 0) return;
  if (!suggestion.there) return count(suggestion, counts_of(Kept::kGone));
  const FollowedText& there = *suggestion.there;
  const Kept kept = what_is_kept(suggestion.seen, documents_.at(suggestion.document).text->bytes(),
                                 there.first(), there.last());
  count(suggestion, counts_of(kept));
  if (kept != Kept::kGone) on_kept_(suggestion.document, there.first(), there.last());
}

Feedback::Suggestion* Feedback::find(SuggestionNumber number) {
  const auto found = suggestions_.find(number);
  if (found != suggestions_.end()) return &found->second;
  spdlog::debug("No suggestion has the number {}, or it is no longer known.", number);
  return nullptr;
}

void Feedback::count(const Suggestion& suggestion, const SuggestionCounts& counts) {
  if (options_.statistics) {
    options_.statistics->add(suggestion.day, suggestion.language, counts);
  }
}

}  // namespace nextline::lsp
