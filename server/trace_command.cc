#include "server/trace_command.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <utility>
#include <vector>

#include "lsp/history/repository_history.h"
#include "lsp/workspace/file_language.h"
#include "server/loaded_engine.h"
#include "server/models/model_store.h"
#include "server/models/progress_bar.h"
#include "server/processor.h"
#include "server/replay/case_source.h"
#include "server/replay/line_trace.h"
#include "server/replay/trace_runner.h"
#include "server/replay/trace_summary.h"

namespace nextline::server {
namespace {

namespace json = boost::json;
using replay::Histories;
using replay::LineOutcome;
using replay::LineTrace;
using replay::Releases;
using replay::Speculation;
using replay::SpeculationVariant;
using replay::TraceRunner;

constexpr models::ProgressUnit kLineUnit{1, "lines"};
/// Of the context, beside the prompt: what is generated.
constexpr std::uint32_t kRoom = 64;

std::vector<SpeculationVariant> variants_of(const ReplayArguments& arguments) {
  std::vector<SpeculationVariant> variants;
  for (const Speculation speculation : arguments.speculations) {
    variants.push_back({speculation, {}});
  }
  if (arguments.sampling.temperature == 0) return variants;
  for (const Speculation speculation : arguments.speculations) {
    variants.push_back({speculation, arguments.sampling});
  }
  return variants;
}

json::array to_json(std::span<const TokenId> tokens) {
  return json::array(tokens.begin(), tokens.end());
}

tl::unexpected<Error> not_written(const std::filesystem::path& path) {
  return failure("The file " + path.string() + " could not be written.");
}

/// Writes lines of JSON: first what a repository has said, then its traces.
class TraceFile {
 public:
  explicit TraceFile(const std::filesystem::path& path) {
    if (!path.empty()) file_.open(path, std::ios::binary | std::ios::trunc);
  }

  bool is_wanted() const { return file_.is_open(); }
  bool has_failed() const { return !file_; }
  void write(const json::object& object) { file_ << json::serialize(object) << '\n'; }
  bool finish() { return !is_wanted() || file_.flush().good(); }

  void write(const SuffixDrafter::Segments& segments) {
    for (const auto& segment : segments) {
      for (std::uint32_t i = 0; i < segment->document_count(); ++i) {
        const HistoryDocument document = segment->document(i);
        const char* const kind = document.kind == DocumentKind::kFile         ? "file"
                                 : document.kind == DocumentKind::kAddedLines ? "added"
                                                                              : "removed";
        write({{"document",
                {{"path", document.path},
                 {"kind", kind},
                 {"time", document.commit_time},
                 {"language", document.language},
                 {"tokens", to_json(document.tokens)}}}});
      }
    }
  }
  void write(const TraceRunner::Recorded& recorded) {
    write({{"row",
            {{"path", recorded.trace.path},
             {"language", lsp::language_number(lsp::language_of(recorded.trace.path))},
             {"novel", recorded.line.is_novel},
             {"before", to_json(recorded.before)},
             {"behind", to_json(recorded.behind)},
             {"generated", to_json(recorded.generated)}}}});
  }

 private:
  std::ofstream file_;
};

/// Goes through repositories.
class TraceReplay {
 public:
  TraceReplay(const ReplayArguments& arguments, Backend& backend, TraceFile& file,
              std::filesystem::path folder)
      : arguments_(arguments),
        backend_(backend),
        file_(file),
        folder_(std::move(folder)),
        runner_(backend, variants_of(arguments), arguments.tokens + kRoom) {}

  const TraceRunner& runner() const { return runner_; }

  /// The lines of a repository, at most so many.
  Result<std::vector<LineOutcome>> run(const std::filesystem::path& repository, std::size_t most,
                                       const std::stop_token& stop) {
    const auto releases = replay::read_releases(repository);
    if (!releases) return tl::unexpected(releases.error());
    const auto histories = histories_of(repository, *releases, stop);
    if (!histories) return tl::unexpected(histories.error());
    if (file_.is_wanted() && histories->contains(Speculation::kHistory)) {
      file_.write(histories->at(Speculation::kHistory));
    }
    std::vector<LineOutcome> lines;
    for (LineTrace& trace : replay::line_traces(*releases, {.seed = arguments_.seed})) {
      if (lines.size() == most) break;
      trace.lines.resize(std::min(trace.lines.size(), most - lines.size()));
      TraceRunner::Record record;
      if (file_.is_wanted()) record = [&](const auto& recorded) { file_.write(recorded); };
      auto outcomes = runner_.run(trace, *histories, releases->new_time, record, stop);
      if (!outcomes) return outcomes;
      std::ranges::move(*outcomes, std::back_inserter(lines));
    }
    return lines;
  }

 private:
  bool wants(Speculation speculation) const {
    return std::ranges::find(arguments_.speculations, speculation) != arguments_.speculations.end();
  }

  Result<Histories> histories_of(const std::filesystem::path& repository, const Releases& releases,
                                 const std::stop_token& stop) {
    Histories histories;
    for (const Speculation speculation :
         {Speculation::kHead, Speculation::kHistory, Speculation::kForeign}) {
      if (!wants(speculation)) continue;
      const bool is_foreign = speculation == Speculation::kForeign;
      lsp::HistoryOptions options;
      options.folder = folder_;
      options.has_changes = speculation != Speculation::kHead;
      if (!is_foreign) options.revision = releases.old_commit;
      const auto history = lsp::RepositoryHistory::open(
          is_foreign ? arguments_.foreign : repository, backend_.model().tokenizer(), options);
      if (!history) return tl::unexpected(history.error());
      if (auto updated = (*history)->update({}, stop); !updated) {
        return tl::unexpected(updated.error());
      }
      histories.emplace(speculation, (*history)->segments());
    }
    return histories;
  }

  const ReplayArguments& arguments_;
  Backend& backend_;
  TraceFile& file_;
  std::filesystem::path folder_;  // Of the indices.
  TraceRunner runner_;
};

}  // namespace

Result<Answer> replay_traces(const ReplayArguments& arguments, const GlobalOptions& options,
                             std::stop_token stop) {
  const bool is_foreign = std::ranges::find(arguments.speculations, Speculation::kForeign) !=
                          arguments.speculations.end();
  if (is_foreign && arguments.foreign.empty()) {
    return failure("Drafts from 'foreign' need a repository: --foreign FOLDER.");
  }
  TraceFile file(arguments.trace);
  if (file.has_failed()) return not_written(arguments.trace);
  const auto choice = choose_model(options);
  if (!choice) return tl::unexpected(choice.error());
  const auto engine = load_engine(*choice, options);
  if (!engine) return tl::unexpected(engine.error());
  const auto cache = models::cache_directory();
  if (!cache) return tl::unexpected(cache.error());
  TraceReplay replay(arguments, engine->backend(), file, *cache / "replay" / "history");

  const std::vector<std::filesystem::path> repositories = replay::repositories_in(arguments.source);
  const std::size_t limit = arguments.limit.value_or(std::numeric_limits<std::uint32_t>::max());
  std::vector<LineOutcome> lines;
  models::ProgressBar bar("Typing", arguments.limit.value_or(0), 0, kLineUnit);
  for (std::size_t i = 0; i < repositories.size(); ++i) {
    // What one has not is another's.
    const std::size_t most = (limit - lines.size()) / (repositories.size() - i);
    auto made = replay.run(repositories[i], most, stop);
    if (!made && (stop.stop_requested() || repositories.size() == 1)) {
      return tl::unexpected(made.error());
    }
    if (!made) {
      spdlog::warn("{} is left out: {}", repositories[i].string(), made.error().message);
      continue;
    }
    std::ranges::move(*made, std::back_inserter(lines));
    bar.show(lines.size());
  }
  if (lines.empty()) {
    return failure("No lines have changed between the two newest releases in " +
                   arguments.source.string() + ".");
  }
  if (!file.finish()) return not_written(arguments.trace);

  const auto rows = replay::summarise(replay.runner().variants(), lines);
  const std::string title =
      fmt::format("{}, {} lines, seed {}", title_of(*choice), lines.size(), arguments.seed);
  const std::string isa = chosen_instruction_set(options);
  Answer answer;
  json::array objects;
  for (const auto& row : rows) objects.push_back(to_json(row));
  answer.json = {{"rows", std::move(objects)},
                 {"environment",
                  {{"model", title_of(*choice)},
                   {"cpu", processor_name()},
                   {"isa", isa},
                   {"threads", engine->chosen.threads ? engine->chosen.threads->threads : 1},
                   {"lines", lines.size()},
                   {"seed", arguments.seed},
                   {"tokens", arguments.tokens}}}};
  answer.text = fmt::format("{}; {}, {}\n\n{}", title, processor_name(), isa, table_of(rows));
  return answer;
}

}  // namespace nextline::server
