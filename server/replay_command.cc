#include "server/replay_command.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <fstream>
#include <utility>
#include <vector>

#include "engine/disk/hash.h"
#include "engine/gguf/fingerprint.h"
#include "server/context_command.h"
#include "server/loaded_engine.h"
#include "server/models/model_store.h"
#include "server/models/progress_bar.h"
#include "server/processor.h"
#include "server/replay/case_runner.h"
#include "server/replay/case_source.h"
#include "server/replay/journal.h"
#include "server/replay/plot.h"
#include "server/replay/repobench_file.h"
#include "server/replay/summary.h"
#include "server/trace_command.h"

namespace nextline::server {
namespace {

namespace json = boost::json;
using replay::CaseOptions;
using replay::CaseResult;
using replay::Cases;
using replay::EditCase;
using replay::Journal;
using replay::Mode;
using replay::SummaryRow;
using replay::Variant;

constexpr models::ProgressUnit kCaseUnit{1, "cases"};
/// Of the context, beside the prompt: what an edit may add, and what is generated.
constexpr std::uint32_t kRoom = 1024;

template <typename T>
std::vector<T> or_default(const std::vector<T>& values, std::vector<T> fallback) {
  return values.empty() ? std::move(fallback) : values;
}

/// The prompts that are compared.
std::vector<Variant> prompts_of(const ReplayArguments& arguments, Layout usual_layout) {
  std::vector<Variant> prompts;
  for (const Layout layout : or_default(arguments.layouts, {usual_layout})) {
    for (const KvType kv_type : or_default(arguments.kv_types, {KvType::kFloat16})) {
      for (const float weight :
           or_default(arguments.blend_weights, {Session::Options().blend_weight})) {
        Variant prompt;
        prompt.layout = layout;
        prompt.kv_type = kv_type;
        if (layout == Layout::kBlend) prompt.blend_weight = weight;
        if (prompts.empty() || !has_same_prompt(prompts.back(), prompt)) prompts.push_back(prompt);
      }
    }
  }
  return prompts;
}

/// What is done with each of them: every combination that makes a difference.
std::vector<Variant> variants_of(const ReplayArguments& arguments, Layout usual_layout) {
  std::vector<Variant> variants;
  const auto modes =
      or_default(arguments.modes, std::vector(replay::kModes.begin(), replay::kModes.end()));
  for (const Variant& prompt : prompts_of(arguments, usual_layout)) {
    for (const Mode mode : modes) {
      Variant variant = prompt;
      variant.mode = mode;
      if (mode == Mode::kFull) {
        variants.push_back(variant);
        continue;
      }
      for (const std::uint32_t before : or_default(arguments.edits_before, {0U})) {
        variant.edits_before = before;
        if (mode != Mode::kRepair) {
          variants.push_back(variant);
          continue;
        }
        for (const std::string& stages : or_default(arguments.repairs, {std::string("all")})) {
          variant.stages = stages;
          variant.repair = *repair_of_stages(stages, {});
          variants.push_back(variant);
        }
      }
    }
  }
  return variants;
}

Result<void> check_layouts(const ReplayArguments& arguments, const Model& model,
                           const ModelChoice& choice) {
  if (fill_markers(model.tokenizer())) return {};
  for (const Layout layout : arguments.layouts) {
    if (layout == Layout::kPlain) continue;
    return failure(fmt::format(
        "{} has not been trained to fill in the middle, so its only layout is plain, not {}.",
        title_of(choice), name_of(layout)));
  }
  return {};
}

CaseOptions case_options(const ReplayArguments& arguments) {
  CaseOptions options;
  options.kinds = or_default(arguments.kinds,
                             std::vector(replay::kEditKinds.begin(), replay::kEditKinds.end()));
  options.lines = arguments.lines;
  options.since = arguments.since;
  options.seed = arguments.seed;
  options.limit = arguments.limit;
  options.tokens = arguments.tokens;
  return options;
}

/// Stands for the content of the cases, so that results are never taken for those of others.
std::string hash_of(const std::vector<EditCase>& cases) {
  std::string all;
  for (const EditCase& edit_case : cases) {
    all += edit_case.id + '\0' + edit_case.old_text + '\0' + new_text(edit_case) + '\0';
    all += edit_case.awaited + '\0' + std::to_string(edit_case.steps.size()) + '\0';
  }
  const Hash128 hash = hash_128(std::as_bytes(std::span(all)));
  return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

json::object to_json(const RepairOptions& repair) {
  json::object amounts{{"budget", repair.budget}};
  for (const RepairStage stage : kRepairStages) amounts[name_of(stage)] = repair.most(stage);
  return amounts;
}

json::array to_json(const std::vector<Variant>& variants) {
  json::array list;
  for (const Variant& variant : variants) {
    json::object object{{"mode", name_of(variant.mode)},
                        {"layout", name_of(variant.layout)},
                        {"kv_type", replay::short_name_of(variant.kv_type)},
                        {"blend_weight", variant.blend_weight},
                        {"edits_before", variant.edits_before}};
    if (variant.mode == Mode::kRepair) object["repair"] = to_json(variant.repair);
    list.push_back(std::move(object));
  }
  return list;
}

/// All that a result depends on.
json::object description_of(const LoadedEngine& engine, const ModelChoice& choice,
                            const std::vector<Variant>& variants, const Cases& cases,
                            const ReplayArguments& arguments) {
  const Hash128 model = gguf::fingerprint_of(engine.model->file());
  json::object description{
      {"model", title_of(choice)},
      {"model_fingerprint", fmt::format("{:016x}{:016x}", model.high, model.low)},
      {"arithmetic_version", engine.backend().arithmetic_version()},
      {"cases", cases.cases.size()},
      {"cases_hash", hash_of(cases.cases)},
      {"seed", arguments.seed},
      {"tokens", arguments.tokens},
      {"variants", to_json(variants)}};
  if (arguments.tries_drafts) description["tries_drafts"] = true;
  return description;
}

Result<std::vector<CaseResult>> run(const Cases& cases, const replay::CaseRunner& runner,
                                    Journal& journal, const std::stop_token& stop) {
  std::uint64_t done = 0;
  for (const EditCase& edit_case : cases.cases) done += journal.results().count(edit_case.id);
  if (done > 0) spdlog::info("{} of {} cases were replayed before", done, cases.cases.size());
  models::ProgressBar bar("Replaying", cases.cases.size(), done, kCaseUnit);
  for (const EditCase& edit_case : cases.cases) {
    if (journal.results().count(edit_case.id) > 0) continue;
    auto outcomes = runner.run(edit_case, stop);
    if (!outcomes && stop.stop_requested()) {
      return failure("The replay was interrupted. With --resume it goes on where it stopped.");
    }
    if (!outcomes) return tl::unexpected(outcomes.error());
    auto kept = journal.append({edit_case.id, edit_case.language, edit_case.kind, edit_case.variant,
                                std::move(*outcomes)});
    if (!kept) return tl::unexpected(kept.error());
    bar.show(++done);
  }
  std::vector<CaseResult> results;
  for (const EditCase& edit_case : cases.cases) {
    results.push_back(journal.results().at(edit_case.id));
  }
  return results;
}

Result<void> write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  if (!file.flush()) return failure("The file " + path.string() + " could not be written.");
  return {};
}

Result<Answer> write_rows(const ReplayArguments& arguments) {
  const auto rows = replay::rows_of(arguments.source, case_options(arguments));
  if (!rows) return tl::unexpected(rows.error());
  std::string text;
  for (const auto& row : *rows) text += replay::to_line(row);
  if (auto done = write_file(arguments.rows, text); !done) return tl::unexpected(done.error());
  Answer answer;
  answer.json = {{"rows", rows->size()}, {"file", arguments.rows.string()}};
  answer.text = fmt::format("{} rows are in {}.\n", rows->size(), arguments.rows.string());
  return answer;
}

}  // namespace

Result<Answer> replay(const ReplayArguments& arguments, const GlobalOptions& options,
                      std::stop_token stop) {
  if (!arguments.rows.empty()) return write_rows(arguments);
  if (!arguments.speculations.empty()) return replay_traces(arguments, options, stop);
  if (!arguments.contexts.empty()) return replay_contexts(arguments, options, stop);
  const auto choice = choose_model(options);
  if (!choice) return tl::unexpected(choice.error());
  const auto engine = load_engine(*choice, options);
  if (!engine) return tl::unexpected(engine.error());
  const auto cases =
      replay::cases_of(arguments.source, case_options(arguments), engine->model->tokenizer());
  if (!cases) return tl::unexpected(cases.error());
  for (const std::string& reason : cases->damaged) spdlog::warn("{}", reason);
  if (cases->cases.empty()) {
    return failure("No edits could be made of " + arguments.source.string() + ".");
  }

  if (auto possible = check_layouts(arguments, *engine->model, *choice); !possible) {
    return tl::unexpected(possible.error());
  }
  const auto usual = Session::create(engine->backend(), {.context_length = arguments.tokens});
  if (!usual) return tl::unexpected(usual.error());
  const replay::CaseRunner runner(engine->backend(), variants_of(arguments, usual->layout()),
                                  arguments.tokens + kRoom, arguments.tries_drafts);
  const auto cache = models::cache_directory();
  if (!cache) return tl::unexpected(cache.error());
  const json::object description =
      description_of(*engine, *choice, runner.variants(), *cases, arguments);
  auto journal = Journal::open(*cache / "replay" / "results", description, runner.variants().size(),
                               arguments.resumes);
  if (!journal) return tl::unexpected(journal.error());
  const auto results = run(*cases, runner, *journal, stop);
  if (!results) return tl::unexpected(results.error());

  const std::vector<SummaryRow> rows = replay::summarise(runner.variants(), *results);
  Answer answer;
  json::array objects;
  for (const SummaryRow& row : rows) objects.push_back(to_json(row));
  json::object environment = description;
  environment["cpu"] = processor_name();
  environment["isa"] = chosen_instruction_set(options);
  environment["threads"] = engine->chosen.threads ? engine->chosen.threads->threads : 1;
  environment["damaged_rows"] = cases->damaged.size();
  environment["results"] = journal->path().string();
  answer.json = {{"rows", std::move(objects)}, {"environment", std::move(environment)}};
  const std::string title =
      fmt::format("{}, {} cases, seed {}", title_of(*choice), results->size(), arguments.seed);
  answer.success = std::ranges::all_of(
      rows, [](const SummaryRow& row) { return row.differing.value_or(0) == 0; });
  answer.text = fmt::format("{}; {}, {}, {} damaged rows\n\n{}", title, processor_name(),
                            chosen_instruction_set(options), cases->damaged.size(), table_of(rows));
  if (!arguments.plot.empty()) {
    auto drawn = write_file(arguments.plot, plot_of(plot_points(rows), title));
    if (!drawn) return tl::unexpected(drawn.error());
  }
  return answer;
}

}  // namespace nextline::server
