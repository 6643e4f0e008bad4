#include "server/replay/case_runner.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/kv/snapshot.h"
#include "engine/session/session.h"
#include "lsp/syntax/document_syntax.h"
#include "server/bench/measuring.h"
#include "server/replay/key_drift.h"
#include "server/replay/quality.h"

namespace nextline::replay {
namespace {

using bench::Stopwatch;
using Scores = std::vector<std::vector<float>>;

/// Rows of a pass, as the server has them for a request.
constexpr std::uint32_t kRows = 256;

/// What is inserted elsewhere, so often at most before it is taken out: it has to fit beside the
/// prompt. A piece of its own to every tokeniser, so that each line moves what stands behind it.
constexpr std::string_view kInsertedLine = "#\n";
constexpr std::size_t kMostInserted = 32;

Result<void> finished(const Result<PassOutcome>& outcome) {
  if (!outcome) return tl::unexpected(outcome.error());
  if (*outcome == PassOutcome::kCancelled) return failure("The replay was interrupted.");
  return {};
}

/// A session that follows the text of a case.
class FollowingSession {
 public:
  static Result<FollowingSession> create(Backend& backend, const EditCase& edit_case,
                                         const Variant& variant, std::uint32_t context_length) {
    auto session = Session::create(backend, session_options(variant, context_length));
    if (!session) return tl::unexpected(session.error());
    return FollowingSession(std::move(*session), edit_case);
  }

  /// Computes the old text.
  Result<void> compute_old(const std::stop_token& stop) {
    session_.open(text_, gap());
    return finished(session_.recompute(stop));
  }
  /// Takes the old text from a session that has computed it.
  Result<void> open_old(const Snapshot& snapshot, const std::stop_token& stop) {
    session_.open(text_, gap(), snapshot);
    return finished(session_.encode(kRows, stop));
  }
  /// Opens the new text, of which nothing is known, and computes it.
  Result<void> compute_new(const EditCase& edit_case, const std::stop_token& stop) {
    text_ = new_text(edit_case);
    cursor_ = edit_case.steps.back().cursor;
    session_.open(text_, gap());
    return finished(session_.recompute(stop));
  }

  /// Inserts a line at the beginning, again and again, and takes all out at once; so many edits in
  /// all: not one. What is turned is turned on in one direction before it is turned back, so that
  /// errors cannot cancel out.
  Result<void> edit_elsewhere(std::uint32_t edits, const std::stop_token& stop) {
    std::size_t inserted = 0;
    for (std::uint32_t left = edits; left > 0; --left) {
      const bool takes_back = left == 1 || (inserted >= kMostInserted && left != 2);
      TextEdit made{0, 0, std::string(kInsertedLine)};
      if (takes_back) made = {0, std::exchange(inserted, 0) * kInsertedLine.size(), ""};
      if (!takes_back) ++inserted;
      const std::size_t cursor = cursor_ + made.inserted.size() - made.removed;
      if (auto done = follow({{made}, cursor}, stop); !done) return done;
    }
    return {};
  }

  /// As the server follows a change that the next one comes right behind: it repairs nothing.
  Result<void> follow(const EditStep& step, const std::stop_token& stop) {
    take(step);
    return finished(session_.encode_changes(kRows, stop));
  }
  /// As it follows the last one: the completion that is then asked for is prepared.
  Result<void> follow_last(const EditStep& step, const std::stop_token& stop) {
    take(step);
    return finished(session_.encode(kRows, stop));
  }

  /// Computes what a large edit has left for later, as the server does while nobody waits.
  Result<void> complete_prompt(const std::stop_token& stop) {
    while (!session_.is_complete()) {
      if (auto done = finished(session_.encode_some(kRows, stop)); !done) return done;
    }
    return {};
  }

  std::uint32_t encoded() const { return session_.encoded_tokens(); }
  std::uint32_t prompt_tokens() const { return session_.prompt().size(); }

  Result<Scores> score(const Tokenizer& tokenizer, const std::string& awaited) {
    return session_.score(tokenizer.encode(session_.text().healed() + awaited));
  }

  const Session& session() const { return session_; }
  Snapshot snapshot() { return session_.snapshot(); }

  Result<std::string> complete(const std::stop_token& stop) {
    auto completion = session_.complete({}, stop);
    if (!completion) return tl::unexpected(completion.error());
    if (completion->finish_reason == FinishReason::kCancelled) {
      return failure("The replay was interrupted.");
    }
    return std::move(completion->text);
  }

 private:
  FollowingSession(Session session, const EditCase& edit_case)
      : session_(std::move(session)),
        syntax_(edit_case.path, edit_case.old_text),
        text_(edit_case.old_text),
        cursor_(edit_case.old_cursor) {}

  void take(const EditStep& step) {
    Replacements replacements;
    std::string text = text_;
    for (const TextEdit& edit : step.edits) {
      text.replace(edit.offset, edit.removed, edit.inserted);
      replacements.add(edit.offset, edit.removed, edit.inserted.size());
    }
    cursor_ = step.cursor;
    session_.update(text, replacements.list(), gap());
    session_.mark_stale(syntax_.update(text_, text, replacements.list()));
    text_ = std::move(text);
  }

  Gap gap() const { return {cursor_, cursor_}; }

  Session session_;
  lsp::DocumentSyntax syntax_;
  std::string text_;
  std::size_t cursor_;
};

/// The variants of a case that have the same prompt, one after the other.
class GroupRun {
 public:
  GroupRun(Backend& backend, const EditCase& edit_case, std::uint32_t context_length,
           const std::stop_token& stop)
      : backend_(backend), case_(edit_case), context_length_(context_length), stop_(stop) {}

  /// Computes the old text and the new one. To be called first.
  Result<void> prepare(const Variant& like) {
    Variant full = like;
    full.mode = Mode::kFull;
    auto fresh = FollowingSession::create(backend_, case_, full, context_length_);
    if (!fresh) return tl::unexpected(fresh.error());
    const Stopwatch watch;
    if (auto done = fresh->compute_new(case_, stop_); !done) return done;
    full_.milliseconds = watch.seconds() * 1000;
    full_.encoded = full_.full = fresh->prompt_tokens();
    auto scores = fresh->score(tokenizer(), case_.awaited);
    if (!scores) return tl::unexpected(scores.error());
    truth_ = std::move(*scores);
    return finish(*fresh, full_);
  }

  Result<Outcome> run(const Variant& variant) {
    if (variant.mode == Mode::kFull) return full_;
    if (!old_) {
      if (auto done = compute_old(variant); !done) return tl::unexpected(done.error());
    }
    auto session = FollowingSession::create(backend_, case_, variant, context_length_);
    if (!session) return tl::unexpected(session.error());
    if (auto done = session->open_old(*old_, stop_); !done) return tl::unexpected(done.error());
    const bool moves_keys = variant.mode == Mode::kEager || variant.mode == Mode::kPie;
    std::optional<KeyDrift> drift;
    if (moves_keys) {
      drift.emplace(backend_.model(), session->session().sequence(), session->session().storage());
    }
    if (auto done = session->edit_elsewhere(variant.edits_before, stop_); !done) {
      return tl::unexpected(done.error());
    }

    Outcome outcome{};
    const std::uint32_t encoded_before = session->encoded();
    if (variant.mode != Mode::kIgnore) {
      const std::span<const EditStep> steps = case_.steps;
      for (const EditStep& step : steps.first(steps.size() - 1)) {
        if (auto done = session->follow(step, stop_); !done) return tl::unexpected(done.error());
      }
      const Stopwatch watch;
      auto done = session->follow_last(steps.back(), stop_);
      outcome.milliseconds = watch.seconds() * 1000;
      if (done) done = session->complete_prompt(stop_);
      if (!done) return tl::unexpected(done.error());
    }
    outcome.encoded = session->encoded() - encoded_before;
    if (drift) {
      outcome.key_error =
          drift->relative_error(session->session().sequence(), session->session().storage());
    }
    outcome.full = full_.full;
    auto scores = session->score(tokenizer(), case_.awaited);
    if (!scores) return tl::unexpected(scores.error());
    outcome.kl = mean_kl(truth_, *scores);
    if (auto done = finish(*session, outcome); !done) return tl::unexpected(done.error());
    return outcome;
  }

 private:
  const Tokenizer& tokenizer() const { return backend_.model().tokenizer(); }

  Result<void> compute_old(const Variant& like) {
    Variant plain = like;
    plain.mode = Mode::kPie;
    auto old = FollowingSession::create(backend_, case_, plain, context_length_);
    if (!old) return tl::unexpected(old.error());
    if (auto done = old->compute_old(stop_); !done) return done;
    old_ = old->snapshot();
    return {};
  }

  Result<void> finish(FollowingSession& session, Outcome& outcome) const {
    auto text = session.complete(stop_);
    if (!text) return tl::unexpected(text.error());
    outcome.line = std::move(*text);
    const std::string_view code = first_code_line(outcome.line, case_.language);
    outcome.exact_match = exact_match(code, case_.awaited);
    outcome.edit_similarity = edit_similarity(code, case_.awaited);
    return {};
  }

  Backend& backend_;
  const EditCase& case_;
  std::uint32_t context_length_;
  const std::stop_token& stop_;
  Outcome full_{};
  Scores truth_;
  std::optional<Snapshot> old_;
};

}  // namespace

Result<std::vector<Outcome>> CaseRunner::run(const EditCase& edit_case,
                                             const std::stop_token& stop) const {
  std::vector<Outcome> outcomes(variants_.size());
  std::vector<bool> done(variants_.size(), false);
  for (std::size_t first = 0; first < variants_.size(); ++first) {
    if (done[first]) continue;
    GroupRun group(backend_, edit_case, context_length_, stop);
    if (auto ready = group.prepare(variants_[first]); !ready) return tl::unexpected(ready.error());
    for (std::size_t i = first; i < variants_.size(); ++i) {
      if (!has_same_prompt(variants_[i], variants_[first])) continue;
      auto outcome = group.run(variants_[i]);
      if (!outcome) return tl::unexpected(outcome.error());
      outcomes[i] = std::move(*outcome);
      done[i] = true;
    }
  }
  return outcomes;
}

}  // namespace nextline::replay
