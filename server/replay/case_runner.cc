#include "server/replay/case_runner.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/kv/snapshot.h"
#include "lsp/completion/speculator.h"
#include "server/bench/measuring.h"
#include "server/replay/following_session.h"
#include "server/replay/key_drift.h"
#include "server/replay/quality.h"

namespace nextline::replay {
namespace {

using bench::Stopwatch;
using Scores = std::vector<std::vector<float>>;

/// What is inserted elsewhere, so often at most before it is taken out: it has to fit beside the
/// prompt. A piece of its own to every tokeniser, so that each line moves what stands behind it.
constexpr std::string_view kInsertedLine = "#\n";
constexpr std::size_t kMostInserted = 32;

/// How tokens are drawn where drafts are tried, and the document that these come from.
constexpr Sampling kDrawn{.temperature = 0.8F, .top_p = 0.95F, .seed = 1};
constexpr lsp::DocumentId kDocument{1};

/// Inserts a line at the beginning, again and again, and takes all out at once; so many edits in
/// all: not one. What is turned is turned on in one direction before it is turned back, so that
/// errors cannot cancel out.
Result<void> edit_elsewhere(FollowingSession& session, std::uint32_t edits,
                            const std::stop_token& stop) {
  std::size_t inserted = 0;
  for (std::uint32_t left = edits; left > 0; --left) {
    const bool takes_back = left == 1 || (inserted >= kMostInserted && left != 2);
    TextEdit made{0, 0, std::string(kInsertedLine)};
    if (takes_back) made = {0, std::exchange(inserted, 0) * kInsertedLine.size(), ""};
    if (!takes_back) ++inserted;
    const std::size_t cursor = session.cursor() + made.inserted.size() - made.removed;
    if (auto done = session.follow({{made}, cursor}, stop); !done) return done;
  }
  return {};
}

/// The variants of a case that have the same prompt, one after the other.
class GroupRun {
 public:
  GroupRun(Backend& backend, const EditCase& edit_case, std::uint32_t context_length,
           bool tries_drafts, const std::stop_token& stop)
      : backend_(backend), case_(edit_case), context_length_(context_length), stop_(stop) {
    if (!tries_drafts) return;
    // Some of what it says will be right.
    std::string published = new_text(edit_case);
    published.insert(edit_case.steps.back().cursor, edit_case.awaited + "\n");
    speculator_.emplace(backend.model().tokenizer(), lsp::SpeculationOptions{});
    speculator_->open(kDocument, std::make_shared<const std::string>(std::move(published)));
    while (speculator_->prepare(kDocument)) {
    }
  }

  /// Computes the old text and the new one. To be called first.
  Result<void> prepare(const Variant& like) {
    Variant full = like;
    full.mode = Mode::kFull;
    auto fresh = session_of(full);
    if (!fresh) return tl::unexpected(fresh.error());
    const Stopwatch watch;
    auto done = fresh->compute(new_text(case_), case_.steps.back().cursor, stop_);
    if (!done) return done;
    full_.milliseconds = watch.seconds() * 1000;
    full_.encoded = full_.full = fresh->session().prompt().size();
    auto scores = score(*fresh);
    if (!scores) return tl::unexpected(scores.error());
    truth_ = std::move(*scores);
    return finish(*fresh, full_);
  }

  Result<Outcome> run(const Variant& variant) {
    if (variant.mode == Mode::kFull) return full_;
    if (!old_) {
      if (auto done = compute_old(variant); !done) return tl::unexpected(done.error());
    }
    auto session = session_of(variant);
    if (!session) return tl::unexpected(session.error());
    if (auto done = session->open(*old_, stop_); !done) return tl::unexpected(done.error());
    const bool moves_keys = variant.mode == Mode::kEager || variant.mode == Mode::kPie;
    std::optional<KeyDrift> drift;
    if (moves_keys) {
      drift.emplace(backend_.model(), session->session().sequence(), session->session().storage());
    }
    if (auto done = edit_elsewhere(*session, variant.edits_before, stop_); !done) {
      return tl::unexpected(done.error());
    }

    Outcome outcome{};
    const std::uint32_t encoded_before = session->session().encoded_tokens();
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
    outcome.encoded = session->session().encoded_tokens() - encoded_before;
    if (drift) {
      outcome.key_error =
          drift->relative_error(session->session().sequence(), session->session().storage());
    }
    outcome.full = full_.full;
    auto scores = score(*session);
    if (!scores) return tl::unexpected(scores.error());
    outcome.kl = mean_kl(truth_, *scores);
    if (auto done = finish(*session, outcome); !done) return tl::unexpected(done.error());
    return outcome;
  }

 private:
  Result<FollowingSession> session_of(const Variant& variant) const {
    return FollowingSession::create(backend_, session_options(variant, context_length_), case_.path,
                                    case_.old_text, case_.old_cursor);
  }

  Result<Scores> score(FollowingSession& session) const {
    const Tokenizer& tokenizer = backend_.model().tokenizer();
    return session.session().score(
        tokenizer.encode(session.session().text().healed() + case_.awaited));
  }

  Result<void> compute_old(const Variant& like) {
    Variant plain = like;
    plain.mode = Mode::kPie;
    auto old = session_of(plain);
    if (!old) return tl::unexpected(old.error());
    if (auto done = old->compute(stop_); !done) return done;
    old_ = old->session().snapshot();
    return {};
  }

  Result<void> finish(FollowingSession& session, Outcome& outcome) {
    auto completion = session.complete({}, stop_);
    if (!completion) return tl::unexpected(completion.error());
    outcome.line = std::move(completion->text);
    const std::string_view code = first_code_line(outcome.line, case_.language);
    outcome.exact_match = exact_match(code, case_.awaited);
    outcome.edit_similarity = edit_similarity(code, case_.awaited);
    return speculator_ ? try_drafts(session, outcome.differing.emplace(0)) : Result<void>();
  }

  /// Counts the completions that drafts make otherwise: what is published is drafted, then what the
  /// model has said.
  Result<void> try_drafts(FollowingSession& session, std::uint32_t& differing) {
    for (const Sampling& sampling : {Sampling{}, kDrawn}) {
      CompletionOptions options{.sampling = sampling};
      const auto plain = session.complete(options, stop_);
      if (!plain) return tl::unexpected(plain.error());
      const std::span<const TokenId> before = session.session().text().before().tokens();
      for (int round = 0; round < 2; ++round) {
        options.drafter = &speculator_->drafter(kDocument, {}, {});
        const auto drafted = session.complete(options, stop_);
        if (!drafted) return tl::unexpected(drafted.error());
        if (drafted->token_ids != plain->token_ids || drafted->text != plain->text) ++differing;
        speculator_->take_generated(before, *plain);
      }
    }
    return {};
  }

  Backend& backend_;
  const EditCase& case_;
  std::uint32_t context_length_;
  const std::stop_token& stop_;
  Outcome full_{};
  Scores truth_;
  std::optional<Snapshot> old_;
  std::optional<lsp::Speculator> speculator_;  // If drafts are tried.
};

}  // namespace

Result<std::vector<Outcome>> CaseRunner::run(const EditCase& edit_case,
                                             const std::stop_token& stop) const {
  std::vector<Outcome> outcomes(variants_.size());
  std::vector<bool> done(variants_.size(), false);
  for (std::size_t first = 0; first < variants_.size(); ++first) {
    if (done[first]) continue;
    GroupRun group(backend_, edit_case, context_length_, tries_drafts_, stop);
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
