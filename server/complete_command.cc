#include "server/complete_command.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "engine/session/session.h"
#include "lsp/completion/completion_data.h"
#include "lsp/completion/completion_end.h"
#include "lsp/completion/fitting.h"
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
  auto session = Session::create(engine->backend(), {.context_length = context_length,
                                                     .reuse = Reuse::kCommonPrefix,
                                                     .reserved_tokens = arguments.max_tokens});
  if (!session) return tl::unexpected(session.error());
  const std::string_view text = file->text();
  session->open(text, {*offset, *offset});
  const lsp::DocumentSyntax syntax(arguments.file.string(), text);
  lsp::CompletionEnd end(syntax.completion_at(text, {*offset, *offset}), arguments.end);
  auto completion = session->complete({.max_tokens = arguments.max_tokens, .stop = &end}, stop);
  if (!completion) return tl::unexpected(completion.error());
  lsp::finish(end, *completion);

  const lsp::Fitted fitted =
      lsp::fit(text.substr(0, *offset), text.substr(*offset), completion->text,
               {lsp::lexis_of(lsp::language_of(arguments.file.string()))});
  const std::string suggestion = fitted ? fitted->text : "";

  Answer answer{{{"text", suggestion},
                 {"replaced_behind", fitted ? fitted->replaced_behind : 0},
                 {"finish_reason", name_of(completion->finish_reason)},
                 {"timing", lsp::to_json(completion->timing)},
                 {"tokens", lsp::to_json(completion->tokens)}},
                suggestion,
                describe(*completion)};
  if (!answer.text.ends_with('\n')) answer.text += '\n';
  answer.success = completion->finish_reason != FinishReason::kCancelled;
  return answer;
}

}  // namespace nextline::server
