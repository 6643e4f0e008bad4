#include "server/index_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "engine/gguf/gguf_file.h"
#include "engine/tokenizer/tokenizer.h"
#include "lsp/history/repository_history.h"
#include "server/loaded_engine.h"
#include "server/models/model_store.h"
#include "server/models/progress_bar.h"

namespace nextline::server {
namespace {

using lsp::HistoryReport;

Result<Tokenizer> load_tokenizer(const GlobalOptions& options) {
  const auto choice = choose_model(options);
  if (!choice) return tl::unexpected(choice.error());
  if (const auto present = check_presence(*choice); !present) {
    return tl::unexpected(present.error());
  }
  const auto file = gguf::File::open(choice->path);
  if (!file) return tl::unexpected(file.error());
  return Tokenizer::from_gguf(*file);
}

boost::json::object to_json(const lsp::TextsLeftOut& left_out) {
  return {{"secret", left_out.secret},       {"ignored", left_out.ignored},
          {"generated", left_out.generated}, {"too_large", left_out.too_large},
          {"binary", left_out.binary},       {"others", left_out.others},
          {"blank", left_out.blank},         {"duplicate", left_out.duplicate}};
}

double bytes_per_token(const HistoryReport& report) {
  return static_cast<double>(report.bytes) /
         static_cast<double>(std::max<std::size_t>(report.tokens, 1));
}

Answer answer_of(const HistoryReport& report, const std::filesystem::path& repository) {
  const lsp::ReadTexts& read = report.read;
  return {.json = {{"repository", repository.string()},
                   {"folder", report.folder.string()},
                   {"documents", report.documents},
                   {"tokens", report.tokens},
                   {"bytes", report.bytes},
                   {"bytes_per_token", bytes_per_token(report)},
                   {"segments", report.segments},
                   {"commits", read.commits},
                   {"files", read.files},
                   {"added", read.added},
                   {"removed", read.removed},
                   {"read_s", report.read_seconds},
                   {"tokenize_s", report.tokenize_seconds},
                   {"index_s", report.index_seconds},
                   {"rebuilt", report.was_rebuilt},
                   {"complete", report.is_complete},
                   {"left_out", to_json(read.left_out)}},
          .text = fmt::format("{} tokens of {} documents, {:.1f} MB: {}\n", report.tokens,
                              report.documents, static_cast<double>(report.bytes) / 1e6,
                              report.folder.string()),
          .remark =
              fmt::format("Read {} files and {} commits in {:.1f} s{}.\n", read.files, read.commits,
                          report.read_seconds + report.tokenize_seconds + report.index_seconds,
                          report.is_complete ? "" : ". The index has not all of the history")};
}

}  // namespace

Result<Answer> index(const IndexArguments& arguments, const GlobalOptions& options,
                     std::stop_token stop) {
  const auto cache = models::cache_directory();
  if (!cache) return tl::unexpected(cache.error());
  const auto tokenizer = load_tokenizer(options);
  if (!tokenizer) return tl::unexpected(tokenizer.error());
  lsp::HistoryOptions history_options;
  history_options.folder = *cache / "history";
  history_options.most_tokens = arguments.most_tokens;
  const auto history =
      lsp::RepositoryHistory::open(arguments.repository, *tokenizer, history_options);
  if (!history) return tl::unexpected(history.error());

  std::optional<models::ProgressBar> bar;
  const auto show = [&](const lsp::WorkStatus& status) {
    if (!bar) bar.emplace("Indexing", 100, 0, models::kHundredths);
    if (status.percentage) bar->show(*status.percentage);
  };
  const auto report = (*history)->update(show, stop);
  bar.reset();
  if (!report) return tl::unexpected(report.error());
  switch (report->end) {
    case HistoryReport::End::kStopped:
      return failure("Indexing was interrupted; the next call goes on where it ended.");
    case HistoryReport::End::kBusy:
      return failure("Another process is bringing this index up to date already.");
    case HistoryReport::End::kUpToDate:
      break;
  }
  return answer_of(*report, (*history)->repository());
}

}  // namespace nextline::server
