#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "lsp/completion/completer.h"
#include "lsp/completion/fitting.h"
#include "lsp/completion/speculator.h"
#include "lsp/completion/suggestion.h"

namespace nextline::lsp {

/// A suggestion, and the text that it was made for.
struct MadeSuggestion {
  SharedText text;
  /// It says this, a selected entry included, in the place of the bytes [first, last).
  std::size_t first = 0;
  std::size_t last = 0;
  std::string said;
  std::size_t cursor = 0;  ///< Where it was asked for, in [first, last].
  /// Those who have not asked by hand are told of it once so much of `said` has been typed;
  /// `kNever`: not at all.
  std::size_t automatic_from = 0;
  /// Why it is not for those who have not asked by hand.
  std::optional<Unconfident> unsure = std::nullopt;
  /// Made before anybody asked, and not asked for yet.
  bool is_prepared = false;
  Suggestion suggestion;

  static constexpr std::size_t kNever = std::string::npos;

  /// The text once it has been accepted.
  std::string accepted() const;
  /// Where the cursor is then.
  std::size_t accepted_cursor() const { return first + said.size(); }
};

/// The suggestions made last for a document: who types along with one, word by word or key by key,
/// takes some of it back or accepts all of it, is answered out of this, without the model.
///
/// Belongs to the client's thread.
class SuggestionMemory {
 public:
  /// Fits a text into the place that is asked for.
  using Fit = std::function<Fitted(std::string_view)>;

  struct Recalled {
    Suggestion suggestion;
    /// Where it was made before anybody asked, and this is who asks first; else null.
    const MadeSuggestion* prepared = nullptr;
  };

  /// Takes what was made for a place of a text.
  const MadeSuggestion& remember(SharedText text, const Place& place, Suggestion suggestion);
  /// The same, made before anybody asked: it may also say that there is nothing to suggest.
  void remember_prepared(SharedText text, std::size_t offset, Completer::Ahead ahead);

  /// What is still to be said at a place of the text, of a suggestion that has been typed along
  /// with up to there. Forgets what was typed against. Nothing where by hand the very same is asked
  /// for again: who does that wants to know what the model says now.
  std::optional<Recalled> recall(const SharedText& text, const Place& place, const Fit& fit);

 private:
  const MadeSuggestion& add(SharedText text, const Place& place, Suggestion suggestion);

  std::list<MadeSuggestion> made_;  // The newest first.
  SharedText told_text_;            // What was told last was told about this …
  std::size_t told_cursor_ = 0;     // … and here.
};

}  // namespace nextline::lsp
