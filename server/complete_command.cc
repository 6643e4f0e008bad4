#include "server/complete_command.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/session/session.h"
#include "lsp/completion/candidates.h"
#include "lsp/completion/completion_data.h"
#include "lsp/completion/completion_end.h"
#include "lsp/completion/confidence.h"
#include "lsp/completion/context_budget.h"
#include "lsp/completion/fitting.h"
#include "lsp/context/context_keeper.h"
#include "lsp/syntax/document_syntax.h"
#include "lsp/workspace/file_language.h"
#include "server/loaded_engine.h"
#include "server/source_file.h"

namespace nextline::server {
namespace {

std::string describe(const Completion& completion) {
  const CompletionTiming& timing = completion.timing;
  const CompletionTokens& tokens = completion.tokens;
  return fmt::format(
      "{}: {} tokens after a prompt of {} in {:.0f} ms (prefill {:.0f} ms, decode {:.0f} ms)\n",
      name_of(completion.finish_reason), tokens.generated, tokens.prompt, timing.total_ms,
      timing.prefill_ms, timing.decode_ms);
}

/// What the server would show the model of other files, once it had read them; nothing if it is
/// stopped.
lsp::DocumentContext context_of(const std::filesystem::path& file, const std::string& text,
                                std::size_t cursor, const Tokenizer& tokenizer,
                                std::uint32_t most_tokens, const std::stop_token& stop) {
  lsp::ContextKeeperOptions options;
  options.size_of = [&](std::string_view shown) { return tokenizer.encode(shown).size(); };
  options.is_idle_work = false;
  lsp::ContextKeeper keeper(std::move(options));
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(file, error);
  keeper.open(path, std::make_shared<const std::string>(text));
  keeper.choose(path, cursor, most_tokens);
  keeper.finish(stop);
  const auto chosen = keeper.context_of(path);
  return chosen ? *chosen : lsp::DocumentContext();
}

boost::json::array to_json(const std::vector<lsp::ContextSnippet>& snippets) {
  boost::json::array array;
  for (const lsp::ContextSnippet& snippet : snippets) {
    array.push_back({{"path", snippet.path}, {"text", snippet.text}});
  }
  return array;
}

lsp::Suggestion fitted(std::string_view before, std::string_view behind, const std::string& file,
                       Completion completion) {
  const auto fits =
      lsp::fit(before, behind, completion.text, {lsp::lexis_of(lsp::language_of(file))});
  lsp::Suggestion suggestion{.completion = std::move(completion)};
  if (fits) {
    suggestion.text = fits->text;
    suggestion.replaced_behind = fits->replaced_behind;
  } else {
    suggestion.why_nothing = fits.error();
  }
  return suggestion;
}

/// Tells each of them, and how sure the model is of it.
void add_candidates(const std::vector<lsp::Suggestion>& candidates, Answer& answer) {
  boost::json::array rows;
  answer.text.clear();
  for (const lsp::Suggestion& candidate : candidates) {
    if (candidate.text.empty()) continue;
    const double confidence = lsp::confidence_of(candidate.completion);
    answer.text +=
        fmt::format("{}. ({:.0f} %) {}\n", rows.size() + 1, 100 * confidence, candidate.text);
    rows.push_back({{"text", candidate.text},
                    {"replaced_behind", candidate.replaced_behind},
                    {"confidence", confidence},
                    {"tokens", lsp::to_json(candidate.completion.tokens)}});
  }
  answer.json["candidates"] = std::move(rows);
}

}  // namespace

Result<Answer> complete(const CompleteArguments& arguments, const GlobalOptions& options,
                        std::stop_token stop) {
  const auto file = SourceFile::read(arguments.file);
  if (!file) return tl::unexpected(file.error());
  const auto offset = file->offset_of(arguments.line, arguments.column);
  if (!offset) return tl::unexpected(offset.error());

  const auto choice = choose_model(options);
  if (!choice) return tl::unexpected(choice.error());
  const auto engine = load_engine(*choice, options);
  if (!engine) return tl::unexpected(engine.error());
  spdlog::debug("{}, {}", choice->path.string(), engine->backend().description());

  const std::uint32_t context_length =
      std::min(arguments.context_length, engine->model->hyperparameters().context_length);
  const std::uint32_t preamble_tokens =
      arguments.has_context ? lsp::ContextBudget({}, context_length).most_tokens() : 0;
  auto session = Session::create(engine->backend(), {.context_length = context_length,
                                                     .reuse = Reuse::kCommonPrefix,
                                                     .reserved_tokens = arguments.max_tokens,
                                                     .preamble_tokens = preamble_tokens});
  if (!session) return tl::unexpected(session.error());
  lsp::DocumentContext context;
  if (arguments.has_context) {
    context = context_of(arguments.file, file->text(), *offset, engine->model->tokenizer(),
                         preamble_tokens, stop);
    session->set_preamble(context.text);
  }
  const std::string_view text = file->text();
  session->open(text, {*offset, *offset});
  const lsp::DocumentSyntax syntax(arguments.file.string(), text);
  const std::string_view before = text.substr(0, *offset);
  const std::string_view behind = text.substr(*offset);
  const auto candidates = lsp::find_candidates(
      arguments.candidates, behind,
      [&](const Detour& detour) {
        lsp::CompletionEnd end(syntax.completion_at(text, {*offset, *offset}), arguments.end);
        auto completion = session->complete(
            {.max_tokens = arguments.max_tokens, .stop = &end, .detour = detour}, stop);
        if (completion) lsp::finish(end, *completion);
        return completion;
      },
      [&](Completion completion) {
        return fitted(before, behind, arguments.file.string(), std::move(completion));
      });
  if (!candidates) return tl::unexpected(candidates.error());

  const lsp::Suggestion& first = candidates->front();
  const Completion& completion = first.completion;
  Answer answer{{{"text", first.text},
                 {"replaced_behind", first.replaced_behind},
                 {"finish_reason", name_of(completion.finish_reason)},
                 {"timing", lsp::to_json(completion.timing)},
                 {"tokens", lsp::to_json(completion.tokens)}},
                first.text,
                describe(completion)};
  if (arguments.has_context) answer.json["context"] = to_json(context.snippets);
  if (arguments.candidates > 1) add_candidates(*candidates, answer);
  if (!answer.text.ends_with('\n')) answer.text += '\n';
  answer.success = completion.finish_reason != FinishReason::kCancelled;
  return answer;
}

}  // namespace nextline::server
