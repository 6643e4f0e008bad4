// A file is opened again that was closed before.

#include <fmt/format.h>
#include <stdlib.h>

#include <array>
#include <filesystem>

#include "lsp/completion/snapshot_keeper.h"
#include "tests/figures/setting.h"

namespace nextline::figures {
namespace {

constexpr std::size_t kTokens = 2400;
constexpr int kRounds = 5;
constexpr std::string_view kName = "/document.py";

struct Sample {
  double milliseconds;
  std::uint32_t encoded;
  double kl;
};

/// As a server that has just loaded the model: to the first logits.
Result<Sample> reopen(const Setting& setting, const lsp::SnapshotOptions& options,
                      const Document& document, std::span<const float> truth) {
  const std::string text = document.text();
  const Stopwatch watch;
  lsp::SnapshotKeeper keeper(setting.backend, options);
  auto session = Session::create(setting.backend, {.context_length = 4096});
  if (!session) return tl::unexpected(session.error());
  const auto snapshot = keeper.load(kName, session->storage());
  if (!snapshot) return failure("There is no snapshot.");
  session->open(text, document.gap(), *snapshot);
  if (auto done = session->encode(kRows); !done) return tl::unexpected(done.error());
  const double milliseconds = watch.milliseconds();
  return Sample{milliseconds, session->encoded_tokens(),
                kl_divergence(truth, session->prompt_logits())};
}

Result<void> print_file(const Setting& setting, const SourceText& file,
                        const std::filesystem::path& folder) {
  const SourceText source = file.cut(setting.backend.model().tokenizer(), 0, kTokens);
  const std::size_t middle = source.line_count() / 2;
  const Document document{source.lines(0, middle), source.lines(middle, source.line_count())};
  const lsp::SnapshotOptions options{.folder = folder};
  auto session = Session::create(setting.backend, {.context_length = 4096});
  if (!session) return tl::unexpected(session.error());
  session->open(document.text(), document.gap());
  const auto full = timed_recompute(*session);
  if (!full) return tl::unexpected(full.error());
  const std::vector<float> truth(session->prompt_logits().begin(), session->prompt_logits().end());

  const Stopwatch copying;
  lsp::SnapshotKeeper keeper(setting.backend, options);
  keeper.keep(kName, document.text(), *session);
  const double copying_ms = copying.milliseconds();
  const Stopwatch writing;
  keeper.finish();
  const double writing_ms = writing.milliseconds();

  std::vector<double> milliseconds;
  Sample last{};
  for (int round = 0; round < kRounds; ++round) {
    const auto sample = reopen(setting, options, document, truth);
    if (!sample) return tl::unexpected(sample.error());
    milliseconds.push_back(sample->milliseconds);
    last = *sample;
  }
  fmt::print("{:>7} {:>8.0f} {:>8.1f} {:>8.1f} {:>8.1f} {:>10.4f} {:>8} {:>8.4f}\n",
             session->prompt().size(), *full, copying_ms, writing_ms, median(milliseconds),
             median(milliseconds) / *full, last.encoded, last.kl);
  std::fflush(stdout);
  return {};
}

}  // namespace

Result<void> print_reopening(const Setting& setting) {
  std::string folder = (std::filesystem::temp_directory_path() / "nextline-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return failure("There is no folder for snapshots.");
  fmt::print("{:>7} {:>8} {:>8} {:>8} {:>8} {:>10} {:>8} {:>8}\n", "prompt", "full ms", "copy ms",
             "write ms", "open ms", "open/full", "encoded", "KL");
  Result<void> done;
  for (const SourceText& file : setting.files) {
    done = print_file(setting, file, folder);
    if (!done) break;
  }
  std::filesystem::remove_all(folder);
  return done;
}

}  // namespace nextline::figures
