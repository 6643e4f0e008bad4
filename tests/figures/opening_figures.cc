// A file is opened with the cursor in its middle.

#include <fmt/format.h>

#include "tests/figures/setting.h"

namespace nextline::figures {
namespace {

constexpr std::size_t kTokens = 2400;
constexpr std::uint32_t kRowsInIdleTime = 32;

Result<void> print_file(const Setting& setting, const SourceText& file) {
  const SourceText source = file.cut(setting.backend.model().tokenizer(), 0, kTokens);
  const std::size_t middle = source.telling_line(source.line_count() / 2);
  if (middle >= source.line_count()) return {};
  const std::string& line = source.line(middle);
  const std::string_view blanks = indentation(line);
  const Document document{source.lines(0, middle) + std::string(blanks),
                          fmt::format("\n{}", source.lines(middle + 1, source.line_count()))};
  const std::string awaited = line.substr(blanks.size());

  auto session = Session::create(setting.backend, {.context_length = 4096});
  if (!session) return tl::unexpected(session.error());
  const Stopwatch first_watch;
  session->open(document.text(), document.gap());
  if (auto done = session->encode(kRows); !done) return tl::unexpected(done.error());
  const double first_ms = first_watch.milliseconds();
  const std::uint32_t first_tokens = session->encoded_tokens();
  const auto tokens = awaited_tokens(setting.backend, *session, awaited);
  const auto first_score = session->score(tokens);
  if (!first_score) return tl::unexpected(first_score.error());

  const std::uint32_t missing = session->prompt().missing();
  const Stopwatch rest_watch;
  int calls = 0;
  while (!session->is_complete()) {
    if (auto done = session->encode_some(kRowsInIdleTime); !done) {
      return tl::unexpected(done.error());
    }
    ++calls;
  }
  const double rest_ms = rest_watch.milliseconds();
  const std::uint32_t rest_tokens = session->encoded_tokens() - first_tokens;
  const auto rest_score = session->score(tokens);
  if (!rest_score) return tl::unexpected(rest_score.error());

  const auto full = timed_recompute(*session);
  if (!full) return tl::unexpected(full.error());
  const auto truth = session->score(tokens);
  if (!truth) return tl::unexpected(truth.error());
  fmt::print("{:>7} {:>7} {:>10.4f} {:>8.4f} {:>8} {:>9} {:>9} {:>6} {:>10.4f} {:>8.4f}\n",
             session->prompt().size(), first_tokens, first_ms / *full,
             mean_kl(*truth, *first_score), missing, rest_tokens, rest_tokens - missing, calls,
             rest_ms / *full, mean_kl(*truth, *rest_score));
  std::fflush(stdout);
  return {};
}

}  // namespace

Result<void> print_opening(const Setting& setting) {
  fmt::print("{:>7} {:>7} {:>10} {:>8} {:>8} {:>9} {:>9} {:>6} {:>10} {:>8}\n", "prompt", "first",
             "time/full", "KL", "missing", "computed", "of these", "calls", "time/full", "KL");
  fmt::print("{:>7} {:>7} {:>10} {:>8} {:>8} {:>9} {:>9}\n", "", "tokens", "", "", "then", "then",
             "again");
  for (const SourceText& file : setting.files) {
    if (auto done = print_file(setting, file); !done) return done;
  }
  return {};
}

}  // namespace nextline::figures
