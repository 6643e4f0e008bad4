#include "server/replay/trace_runner.h"

#include <algorithm>
#include <utility>

#include "lsp/workspace/file_language.h"
#include "server/bench/measuring.h"
#include "server/replay/draw.h"
#include "server/replay/following_session.h"
#include "server/replay/source_lines.h"

namespace nextline::replay {
namespace {

using bench::Stopwatch;

constexpr std::array<std::string_view, kSpeculations.size()> kNames = {"off", "buffer", "head",
                                                                       "history", "foreign"};

bool begins_character(char byte) { return (byte & 0xC0) != 0x80; }

/// How much of a line is typed before the key: of its code one character at least, and not all.
/// Nothing for a line of one character.
std::optional<std::pair<std::size_t, std::size_t>> key_of(const std::string& line,
                                                          const std::string& id) {
  std::vector<std::size_t> places;  // Where characters of the code begin, and where it ends.
  for (std::size_t i = indentation_of(line).size(); i < line.size(); ++i) {
    if (begins_character(line[i])) places.push_back(i);
  }
  places.push_back(line.size());
  if (places.size() < 3) return std::nullopt;
  Random random(seed_for(0, id));
  const std::size_t key = random.below(places.size() - 2);
  return std::pair(places[key], places[key + 1]);
}

}  // namespace

std::string_view name_of(Speculation speculation) {
  return kNames[static_cast<std::size_t>(speculation)];
}

std::optional<Speculation> speculation_from_name(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return kSpeculations[static_cast<std::size_t>(found - kNames.begin())];
}

std::optional<std::size_t> unspeculated(std::span<const SpeculationVariant> variants,
                                        const SpeculationVariant& like) {
  for (std::size_t i = 0; i < variants.size(); ++i) {
    if (variants[i].speculation == Speculation::kOff && variants[i].sampling == like.sampling) {
      return i;
    }
  }
  return std::nullopt;
}

TraceRunner::TraceRunner(Backend& backend, std::vector<SpeculationVariant> variants,
                         std::uint32_t context_length)
    : backend_(backend), variants_(std::move(variants)), context_length_(context_length) {
  for (std::size_t i = 0; i < variants_.size(); ++i) {
    speculators_.push_back(
        std::make_unique<lsp::Speculator>(backend.model().tokenizer(), lsp::SpeculationOptions{}));
  }
}

/// A trace on its way.
class TraceRunner::TraceRun {
 public:
  TraceRun(TraceRunner& runner, const LineTrace& trace, const Histories& histories,
           FollowingSession& session, std::int64_t time, const std::stop_token& stop)
      : runner_(runner),
        histories_(histories),
        session_(session),
        stop_(stop),
        document_{++runner.documents_},
        place_{.path = trace.path,
               .language = lsp::language_number(lsp::language_of(trace.path)),
               .now = time} {
    const auto text = std::make_shared<const std::string>(session.text());
    each_speculator([&](lsp::Speculator& speculator) {
      speculator.open(document_, text);
      while (speculator.prepare(document_)) {
      }
    });
  }
  TraceRun(const TraceRun&) = delete;
  TraceRun& operator=(const TraceRun&) = delete;
  ~TraceRun() {
    each_speculator([&](lsp::Speculator& speculator) { speculator.close(document_); });
  }

  /// Follows a change; how long it took until the model could say what comes, in milliseconds.
  Result<double> follow(const EditStep& step) {
    const Stopwatch watch;
    if (auto done = session_.follow_last(step, stop_); !done) return tl::unexpected(done.error());
    const double milliseconds = watch.seconds() * 1000;
    const auto text = std::make_shared<const std::string>(session_.text());
    each_speculator([&](lsp::Speculator& speculator) {
      speculator.change(document_, text, session_.replacements());
    });
    if (auto done = session_.complete_prompt(stop_); !done) return tl::unexpected(done.error());
    return milliseconds;
  }

  /// Completes at the cursor with each variant.
  Result<std::vector<DecodeOutcome>> complete(double encode_ms) {
    // So that only passes over what is generated are counted.
    if (auto none = session_.complete({.max_tokens = 0}, stop_); !none) {
      return tl::unexpected(none.error());
    }
    const std::size_t count = runner_.variants_.size();
    std::vector<Completion> completions(count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t variant = (i + runner_.turn_) % count;
      auto completion = session_.complete(options_of(variant), stop_);
      if (!completion) return tl::unexpected(completion.error());
      completions[variant] = std::move(*completion);
    }
    ++runner_.turn_;

    std::vector<DecodeOutcome> outcomes;
    for (std::size_t i = 0; i < count; ++i) {
      const Completion& made = completions[i];
      DecodeOutcome& outcome = outcomes.emplace_back();
      outcome.generated = made.tokens.generated;
      outcome.passes = made.tokens.passes;
      outcome.drafted = made.tokens.drafted;
      outcome.accepted = made.tokens.accepted;
      outcome.milliseconds = made.timing.decode_ms;
      outcome.encode_ms = encode_ms;
      if (const auto plain = unspeculated(runner_.variants_, runner_.variants_[i])) {
        outcome.is_same = made.token_ids == completions[*plain].token_ids &&
                          made.text == completions[*plain].text;
      }
      if (uses_document(i)) {
        runner_.speculators_[i]->take_generated(session_.session().text().before().tokens(), made);
      }
    }
    generated_ = std::move(completions.front().token_ids);
    return outcomes;
  }

  /// By the first variant, behind the last place.
  const std::vector<TokenId>& generated() const { return generated_; }

 private:
  bool uses_document(std::size_t variant) const {
    const Speculation speculation = runner_.variants_[variant].speculation;
    return speculation != Speculation::kOff && speculation != Speculation::kForeign;
  }

  template <typename Function>
  void each_speculator(Function function) {
    for (std::size_t i = 0; i < runner_.variants_.size(); ++i) {
      if (uses_document(i)) function(*runner_.speculators_[i]);
    }
  }

  CompletionOptions options_of(std::size_t variant) const {
    const SpeculationVariant& wanted = runner_.variants_[variant];
    CompletionOptions options{.sampling = wanted.sampling};
    if (wanted.speculation == Speculation::kOff) return options;
    const auto history = histories_.find(wanted.speculation);
    options.drafter = &runner_.speculators_[variant]->drafter(
        document_, place_,
        history == histories_.end() ? SuffixDrafter::Segments() : history->second);
    return options;
  }

  TraceRunner& runner_;
  const Histories& histories_;
  FollowingSession& session_;
  const std::stop_token& stop_;
  lsp::DocumentId document_;
  DraftPlace place_;
  std::vector<TokenId> generated_;
};

Result<std::vector<LineOutcome>> TraceRunner::run(const LineTrace& trace,
                                                  const Histories& histories, std::int64_t time,
                                                  const Record& record,
                                                  const std::stop_token& stop) {
  auto session = FollowingSession::create(backend_, {.context_length = context_length_}, trace.path,
                                          trace.old_text, trace.lines.front().cursor);
  if (!session) return tl::unexpected(session.error());
  if (auto done = session->compute(stop); !done) return tl::unexpected(done.error());
  TraceRun run(*this, trace, histories, *session, time, stop);

  std::vector<LineOutcome> outcomes;
  std::vector<TextEdit> undo;  // Of what was typed of the line before.
  for (const TracedLine& line : trace.lines) {
    EditStep step{std::exchange(undo, {}), line.cursor};
    step.edits.insert(step.edits.end(), line.edits.begin(), line.edits.end());
    auto encoded = run.follow(step);
    if (!encoded) return tl::unexpected(encoded.error());
    LineOutcome outcome{line.is_novel, trace.language, {}, {}};
    auto completed = run.complete(*encoded);
    if (!completed) return tl::unexpected(completed.error());
    outcome.line = std::move(*completed);
    if (record) {
      const std::span<const TokenId> before = session->session().text().before().tokens();
      const std::span<const TokenId> behind = session->session().text().behind().tokens();
      record({trace,
              line,
              {before.begin(), before.end()},
              {behind.begin(), behind.end()},
              run.generated()});
    }

    if (const auto key = key_of(line.awaited, trace.id + line.awaited)) {
      const auto [first, last] = *key;
      const auto typed = [&](std::size_t from, std::size_t to) {
        return run.follow(
            {{{line.cursor + from, 0, line.awaited.substr(from, to - from)}}, line.cursor + to});
      };
      encoded = typed(0, first);
      if (encoded) encoded = typed(first, last);
      if (!encoded) return tl::unexpected(encoded.error());
      completed = run.complete(*encoded);
      if (!completed) return tl::unexpected(completed.error());
      outcome.key = std::move(*completed);
      undo = {{line.cursor, last, ""}};
    }
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

}  // namespace nextline::replay
