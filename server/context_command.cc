#include "server/context_command.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/disk/hash.h"
#include "engine/gguf/fingerprint.h"
#include "server/loaded_engine.h"
#include "server/models/model_store.h"
#include "server/models/progress_bar.h"
#include "server/processor.h"
#include "server/replay/context_case.h"
#include "server/replay/context_runner.h"
#include "server/replay/context_summary.h"

namespace nextline::server {
namespace {

namespace json = boost::json;
using replay::ContextCase;
using replay::ContextJournal;
using replay::ContextResult;
using replay::ContextRow;
using replay::ContextRunner;
using replay::ShownContext;

constexpr models::ProgressUnit kLineUnit{1, "lines"};

std::string hex(const Hash128& hash) { return fmt::format("{:016x}{:016x}", hash.high, hash.low); }

/// Stands for the content of the cases, so that results are never taken for those of others.
std::string hash_of(const std::vector<ContextCase>& cases) {
  std::string all;
  for (const ContextCase& each : cases) {
    all += each.id + '\0' + each.document.text + '\0' + each.document.awaited + '\0';
    for (const ShownContext& shown : each.contexts) {
      all += shown.text + '\0' + shown.text_behind + '\0';
    }
  }
  return hex(hash_128(std::as_bytes(std::span(all))));
}

/// All that a result depends on.
json::object description_of(const LoadedEngine& engine, const ModelChoice& choice,
                            const std::vector<ContextCase>& cases,
                            const ReplayArguments& arguments) {
  return {{"model", title_of(choice)},
          {"model_fingerprint", hex(gguf::fingerprint_of(engine.model->file()))},
          {"arithmetic_version", engine.backend().arithmetic_version()},
          {"cases", cases.size()},
          {"cases_hash", hash_of(cases)},
          {"seed", arguments.seed},
          {"tokens", arguments.tokens},
          {"contexts", json::value_from(arguments.contexts)}};
}

Result<std::vector<ContextResult>> run(const std::vector<ContextCase>& cases,
                                       const ContextRunner& runner, ContextJournal& journal,
                                       const std::stop_token& stop) {
  std::uint64_t done = 0;
  for (const ContextCase& each : cases) done += journal.results().count(each.id);
  if (done > 0) spdlog::info("{} of {} lines were replayed before", done, cases.size());
  models::ProgressBar bar("Completing", cases.size(), done, kLineUnit);
  std::vector<ContextResult> results;
  for (const ContextCase& each : cases) {
    if (!journal.results().contains(each.id)) {
      auto outcomes = runner.run(each, stop);
      if (!outcomes && stop.stop_requested()) {
        return failure("The replay was interrupted. With --resume it goes on where it stopped.");
      }
      if (!outcomes) return tl::unexpected(outcomes.error());
      auto kept =
          journal.append({each.id, each.document.language, each.setting, std::move(*outcomes)});
      if (!kept) return tl::unexpected(kept.error());
      bar.show(++done);
    }
    results.push_back(journal.results().at(each.id));
  }
  return results;
}

}  // namespace

Result<Answer> replay_contexts(const ReplayArguments& arguments, const GlobalOptions& options,
                               std::stop_token stop) {
  const auto choice = choose_model(options);
  if (!choice) return tl::unexpected(choice.error());
  const auto engine = load_engine(*choice, options);
  if (!engine) return tl::unexpected(engine.error());
  const auto cases = replay::context_cases_of(arguments.source,
                                              {.budgets = arguments.contexts,
                                               .seed = arguments.seed,
                                               .limit = arguments.limit,
                                               .tokens = arguments.tokens},
                                              engine->model->tokenizer());
  if (!cases) return tl::unexpected(cases.error());
  if (cases->empty()) {
    return failure("No line in " + arguments.source.string() +
                   " is known to use something of another file.");
  }
  const auto cache = models::cache_directory();
  if (!cache) return tl::unexpected(cache.error());
  const json::object description = description_of(*engine, *choice, *cases, arguments);
  auto journal = ContextJournal::open(*cache / "replay" / "results", description,
                                      arguments.contexts.size(), arguments.resumes);
  if (!journal) return tl::unexpected(journal.error());
  const ContextRunner runner(
      engine->backend(),
      {.budgets = arguments.contexts, .tokens = arguments.tokens, .seed = arguments.seed});
  const auto results = run(*cases, runner, *journal, stop);
  if (!results) return tl::unexpected(results.error());

  const std::vector<ContextRow> rows = replay::summarise(arguments.contexts, *results);
  const std::string isa = chosen_instruction_set(options);
  json::array objects;
  for (const ContextRow& row : rows) objects.push_back(to_json(row));
  json::object environment = description;
  environment["cpu"] = processor_name();
  environment["isa"] = isa;
  environment["threads"] = engine->chosen.threads ? engine->chosen.threads->threads : 1;
  environment["results"] = journal->path().string();
  Answer answer;
  answer.json = {{"rows", std::move(objects)}, {"environment", std::move(environment)}};
  answer.text = fmt::format("{}, {} lines, seed {}; {}, {}\n\n{}", title_of(*choice),
                            results->size(), arguments.seed, processor_name(), isa, table_of(rows));
  return answer;
}

}  // namespace nextline::server
