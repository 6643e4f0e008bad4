#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

#include "lsp/completion/session_cache.h"
#include "lsp/documents/text.h"
#include "lsp/feedback/followed_text.h"
#include "lsp/statistics/statistics_store.h"

namespace nextline::lsp {

/// A suggestion as an editor is given it.
struct GivenSuggestion {
  std::size_t first;  ///< Where what the editor inserts begins, in the document's text.
  std::string text;   ///< What it inserts: first what is typed or selected already, …
  std::size_t typed;  ///< … which has so many bytes, then what is suggested.
};

/// Follows what becomes of suggestions: shown, accepted, kept or changed again. Each has a number;
/// with that the editor says what the user did. What comes of it is counted, and what was accepted
/// and is still there is handed on.
///
/// A text that was accepted is followed through the changes of its document. It is judged half a
/// minute after the user accepted (the last part of) it, or when the document is closed before;
/// `what_is_kept` has the rule. An editor may say that it was accepted before or after the change
/// that inserts it. One that is never seen in its place counts as gone.
///
/// Numbers are the editor's to send: one that is not known is ignored, and so is what was said of a
/// suggestion before. Those of the last 256 suggestions are known, but for closed documents.
///
/// Belongs to the client's thread.
class Feedback {
 public:
  using SuggestionNumber = std::int64_t;
  /// Has the client's thread run a function after some time, but none once the server is gone.
  using CallLater = std::function<void(std::chrono::milliseconds, std::function<void()>)>;
  /// Takes an accepted text that is still there, and where it is in its open document now.
  using OnKept = std::function<void(DocumentId, std::size_t first, std::size_t last)>;

  struct Options {
    /// Without it, what was accepted is judged when its document is closed.
    CallLater call_later = {};
    /// Where counts are kept; null: nothing is counted. Must outlive the feedback.
    StatisticsStore* statistics = nullptr;
  };

  static constexpr std::chrono::seconds kPatience{30};
  static constexpr std::size_t kMostKnown = 256;

  Feedback(Options options, OnKept on_kept)
      : options_(std::move(options)), on_kept_(std::move(on_kept)) {}
  Feedback(const Feedback&) = delete;
  Feedback& operator=(const Feedback&) = delete;

  /// `language` is what the editor calls the document's.
  void open(DocumentId document, std::string_view language, std::shared_ptr<const Text> text);
  /// The document's text has become `text`, by these edits in their order.
  void change(DocumentId document, std::shared_ptr<const Text> text,
              std::span<const ByteEdit> edits);
  /// Judges what was accepted in the document, while it is still open elsewhere.
  void close(DocumentId document);
  /// Does so for all documents.
  void close_all();

  /// Something was asked for in a document.
  void asked(DocumentId document);
  /// It was answered with a suggestion, made for the document's present text.
  SuggestionNumber answered(DocumentId document, GivenSuggestion suggestion);
  /// And with another one beside it.
  SuggestionNumber answered_beside(DocumentId document, GivenSuggestion suggestion);

  // What the editor says.
  void shown(SuggestionNumber number);
  void accepted(SuggestionNumber number);
  /// The first so many UTF-16 code units of what it inserts were accepted by now.
  void partly_accepted(SuggestionNumber number, std::uint32_t units);

  /// Forgets all suggestions, as the statistics have.
  void forget() { suggestions_.clear(); }

 private:
  struct OpenDocument {
    std::string language;
    std::shared_ptr<const Text> text;
  };

  struct Suggestion {
    DocumentId document;
    std::string language;
    Day day;  // Of the answer; what becomes of it counts as that day's.
    GivenSuggestion given;
    FollowedText place;  // Empty: where the editor inserts.
    bool is_shown = false;
    std::size_t accepted = 0;  // Bytes of what the editor inserts.
    // Once these have been seen in their place: what is suggested of them, and where it stands.
    std::string seen = {};
    std::optional<FollowedText> there = std::nullopt;
  };
  using Suggestions = std::map<SuggestionNumber, Suggestion>;

  /// Null, with a note in the log, if there is none of this number.
  Suggestion* find(SuggestionNumber number);
  void accept(SuggestionNumber number, std::size_t bytes);
  /// Looks whether the accepted text is in its place by now.
  void look_for(Suggestion& suggestion) const;
  /// Says what is kept of what was accepted, if anything was.
  void judge(const Suggestion& suggestion);
  void count(const Suggestion& suggestion, const SuggestionCounts& counts);

  Options options_;
  OnKept on_kept_;
  std::unordered_map<DocumentId, OpenDocument> documents_;
  Suggestions suggestions_;  // The oldest first.
  SuggestionNumber last_number_ = 0;
};

}  // namespace nextline::lsp
