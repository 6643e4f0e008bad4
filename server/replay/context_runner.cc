#include "server/replay/context_runner.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/backend/divergence.h"
#include "engine/tokenizer/utf8.h"
#include "server/replay/document_code.h"
#include "server/replay/draw.h"
#include "server/replay/following_session.h"
#include "server/replay/quality.h"
#include "server/replay/source_lines.h"

namespace nextline::replay {
namespace {

/// Of the context, beside document and preamble: what is typed and what is generated.
constexpr std::uint32_t kRoom = 512;
/// Of the context, a session gives a preamble a quarter at the most.
constexpr std::uint32_t kPreambleShare = 4;
/// Rows of a pass, as the server has them for a request.
constexpr std::uint32_t kRows = 256;

Session::Options session_options(const ContextRunnerOptions& options) {
  Session::Options made;
  for (const std::uint32_t budget : options.budgets) {
    made.preamble_tokens = std::max(made.preamble_tokens, budget);
  }
  made.context_length = std::max(options.tokens + kRoom + made.preamble_tokens,
                                 kPreambleShare * made.preamble_tokens);
  return made;
}

/// Tokens that a refresh would compute.
std::uint32_t stale_tokens(const Session& session) {
  return session.prompt().size() - session.prompt().exact_until();
}

/// Where the line above a place begins.
std::size_t line_above(std::string_view text, std::size_t place) {
  const std::string_view before = text.substr(0, text.substr(0, place).rfind('\n') + 1);
  if (before.empty()) return 0;
  return before.substr(0, before.size() - 1).rfind('\n') + 1;
}

/// A session that completes a case's line behind one context, and is edited then.
class ContextRun {
 public:
  ContextRun(const Tokenizer& tokenizer, const Document& document, FollowingSession& session,
             const std::stop_token& stop)
      : tokenizer_(tokenizer), document_(document), session_(session), stop_(stop) {}

  Result<ContextOutcome> complete_behind(const ShownContext& context) {
    session_.session().open(document_.text, {document_.cursor, document_.cursor});
    session_.session().set_preamble(context.text);
    if (auto done = refresh(); !done) return tl::unexpected(done.error());
    ContextOutcome outcome;
    outcome.context_tokens = static_cast<std::uint32_t>(tokenizer_.encode(context.text).size());
    outcome.prompt_tokens = session_.session().prompt().size();
    outcome.has_name = context.has_name;
    if (auto done = score(outcome); !done) return tl::unexpected(done.error());
    if (auto done = complete(outcome); !done) return tl::unexpected(done.error());
    return outcome;
  }

  /// Types the awaited line, edits the line above, and asks for the context again.
  Result<EditingCost> edit(const ShownContext& context) {
    EditingCost cost;
    const std::size_t begin = session_.cursor();
    const std::string_view line = document_.awaited;
    std::size_t typed = indentation_of(line).size();  // Is the editor's to give.
    if (auto done = insert(begin, line.substr(0, typed), cost.typed); !done) return fail(done);
    for (; typed < line.size(); ++cost.keys) {
      const std::size_t key = first_utf8_sequence(line.substr(typed)).length;
      if (auto done = insert(begin + typed, line.substr(typed, key), cost.typed); !done) {
        return fail(done);
      }
      typed += key;
    }
    const std::size_t above = line_above(session_.text(), begin);
    if (auto done = insert(above, "\n", cost.line_above); !done) return fail(done);
    if (context.text_behind == context.text) return cost;
    session_.session().set_preamble(context.text_behind);
    cost.chosen_anew = stale_tokens(session_.session());
    return cost;
  }

 private:
  /// Computes all that is not exact.
  Result<void> refresh() {
    while (!session_.session().is_exact()) {
      const auto outcome = session_.session().refresh_some(kRows, stop_);
      if (!outcome) return tl::unexpected(outcome.error());
      if (*outcome == PassOutcome::kCancelled) return failure("The replay was interrupted.");
    }
    return {};
  }

  Result<void> score(ContextOutcome& outcome) {
    const std::vector<TokenId> tokens =
        tokenizer_.encode(session_.session().text().healed() + document_.awaited);
    const auto scores = session_.session().score(tokens);
    if (!scores) return tl::unexpected(scores.error());
    double nats = 0;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const std::vector<float>& logits = (*scores)[i];
      nats += log_sum_exp(logits) - double{logits[static_cast<std::size_t>(tokens[i])]};
    }
    outcome.nats = static_cast<float>(nats);
    outcome.line_tokens = static_cast<std::uint32_t>(tokens.size());
    return {};
  }

  Result<void> complete(ContextOutcome& outcome) {
    auto completion = session_.complete({}, stop_);
    if (!completion) return tl::unexpected(completion.error());
    outcome.line = std::move(completion->text);
    const std::string_view code = first_code_line(outcome.line, document_.language);
    outcome.exact_match = exact_match(code, document_.awaited);
    outcome.edit_similarity = edit_similarity(code, document_.awaited);
    return {};
  }

  static tl::unexpected<Error> fail(const Result<void>& done) {
    return tl::unexpected(done.error());
  }

  /// Inserts a text, the cursor going along, and counts what a completion then waits for.
  Result<void> insert(std::size_t place, std::string_view text, std::uint32_t& encoded) {
    if (text.empty()) return {};
    const std::uint32_t before = session_.session().encoded_tokens();
    const std::size_t cursor = session_.cursor() + text.size();
    auto done = session_.follow_last({{{place, 0, std::string(text)}}, cursor}, stop_);
    encoded += session_.session().encoded_tokens() - before;
    return done;
  }

  const Tokenizer& tokenizer_;
  const Document& document_;
  FollowingSession& session_;
  const std::stop_token& stop_;
};

}  // namespace

Result<std::vector<ContextOutcome>> ContextRunner::run(const ContextCase& context_case,
                                                       const std::stop_token& stop) const {
  const Document& document = context_case.document;
  const DocumentCode code(document);
  const bool is_edited = seed_for(options_.seed, context_case.id) % options_.edited_share == 0;
  std::vector<ContextOutcome> outcomes;
  for (const ShownContext& context : context_case.contexts) {
    // Nothing of one session would be exact behind another preamble.
    auto session = FollowingSession::create(backend_, session_options(options_), document.path,
                                            document.text, document.cursor);
    if (!session) return tl::unexpected(session.error());
    ContextRun run(backend_.model().tokenizer(), document, *session, stop);
    auto outcome = run.complete_behind(context);
    if (!outcome) return tl::unexpected(outcome.error());
    outcome->has_line = code.gives_away(context.text);
    if (is_edited) {
      const auto cost = run.edit(context);
      if (!cost) return tl::unexpected(cost.error());
      outcome->editing = *cost;
    }
    outcomes.push_back(std::move(*outcome));
  }
  return outcomes;
}

}  // namespace nextline::replay
