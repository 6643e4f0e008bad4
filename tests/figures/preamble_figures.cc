// What definitions of other files are worth to a model, by where they stand in the prompt.
//
//   preamble_figures MODEL FOLDER ROWS TOKENS
//
// FOLDER has folders of sources, as scripts/replay_corpus makes them. Rows are those of RepoBench's
// form whose awaited line uses something of another file; each is completed with at most so many
// tokens of the definitions that the row has, the one that is used among them: nowhere, in front of
// the text before the cursor, as the preamble (computed before the document), as a preamble that
// comes when the document is computed already, and as a preamble that ends with the document's own
// path in a comment; then there is that path alone. Nats are those of the awaited line,
// teacher-forced. Figures are the same on every machine.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "engine/backend/cpu/cpu_backend.h"
#include "engine/backend/divergence.h"
#include "engine/session/session.h"
#include "server/replay/document_window.h"
#include "server/replay/repobench_prompt.h"
#include "server/replay/row_maker.h"
#include "tests/figures/arguments.h"
#include "tests/figures/setting.h"

namespace nextline::figures {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kDocumentTokens = 900;
constexpr std::uint32_t kPathTokens = 64;  // No path has more.
constexpr std::array kWays = {"without",        "in the text before", "preamble",
                              "preamble, late", "preamble and path",  "path"};

std::string definitions(const replay::MadeRow& row, replay::Language language,
                        const Tokenizer& tokenizer, std::uint32_t most_tokens) {
  std::string text;
  for (const replay::RepoBenchRow::Snippet& snippet : row.row.context) {
    const std::string next =
        fmt::format("{} {}\n{}\n", replay::comment_sign(language), snippet.path, snippet.text);
    if (tokenizer.encode(text + next).size() <= most_tokens) text += next;
  }
  return text;
}

Result<double> nats(Backend& backend, Session& session, const std::string& line) {
  const auto tokens = awaited_tokens(backend, session, line + '\n');
  const auto scores = session.score(tokens);
  if (!scores) return tl::unexpected(scores.error());
  double sum = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::vector<float>& logits = (*scores)[i];
    sum += log_sum_exp(logits) - double{logits[static_cast<std::size_t>(tokens[i])]};
  }
  return sum;
}

Result<double> nats_of(Backend& backend, std::size_t way, const replay::Document& document,
                       const std::string& other, const std::string& own_path,
                       const std::string& line, std::uint32_t tokens) {
  auto session = Session::create(backend, {.context_length = kDocumentTokens + 3 * tokens + 512,
                                           .preamble_tokens = tokens + kPathTokens});
  if (!session) return tl::unexpected(session.error());
  const std::string text = (way == 1 ? other : "") + document.text;
  const std::size_t cursor = document.cursor + (way == 1 ? other.size() : 0);
  if (way == 2) session->set_preamble(other);
  if (way == 4) session->set_preamble(other + own_path);
  if (way == 5) session->set_preamble(own_path);
  session->open(text, {cursor, cursor});
  if (const auto done = session->recompute(); !done) return tl::unexpected(done.error());
  if (way == 3) {
    session->update(text, {}, {cursor, cursor});
    session->set_preamble(other);
    while (!session->is_complete()) {
      if (const auto done = session->encode_some(kRows); !done) return tl::unexpected(done.error());
    }
  }
  return nats(backend, *session, line);
}

Result<void> run(const char* model_path, const char* folder, std::size_t rows,
                 std::uint32_t tokens) {
  const auto model = Model::load(model_path);
  if (!model) return tl::unexpected(model.error());
  const auto backend = cpu::create_backend(**model);
  if (!backend) return tl::unexpected(backend.error());
  const std::vector<fs::path> folders = packages_of(folder);
  std::array<std::vector<double>, kWays.size()> samples;
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const auto tree = replay::SourceTree::read(folders[i]);
    if (!tree) continue;
    const replay::RowMaker maker(*tree, folders[i].filename());
    std::size_t left = rows / folders.size() + (i < rows % folders.size() ? 1 : 0);
    for (std::size_t file = 0; file < tree->files().size() && left > 0; ++file) {
      for (const replay::MadeRow& row : maker.rows_of(file)) {
        if (left == 0 || row.setting == replay::RowSetting::kInFile) continue;
        const auto language = tree->files()[file].language;
        const std::string other = definitions(row, language, (*model)->tokenizer(), tokens);
        if (other.empty()) continue;
        const replay::Document document =
            replay::cut_to_window(row.document, (*model)->tokenizer(), kDocumentTokens);
        const std::string own_path =
            fmt::format("{} {}\n", replay::comment_sign(language), row.row.file_path);
        for (std::size_t way = 0; way < kWays.size(); ++way) {
          const auto value =
              nats_of(**backend, way, document, other, own_path, document.awaited, tokens);
          if (!value) return tl::unexpected(value.error());
          samples[way].push_back(*value);
        }
        --left;
      }
    }
  }
  fmt::print("{} rows, definitions of {} tokens at the most\n", samples[0].size(), tokens);
  for (std::size_t way = 0; way < kWays.size(); ++way) {
    std::vector<double> gains;
    for (std::size_t i = 0; i < samples[way].size(); ++i) {
      gains.push_back(samples[0][i] - samples[way][i]);
    }
    fmt::print("{:<20} {:>7.3f} nats a line, gain {:>6.3f}\n", kWays[way], mean(samples[way]),
               mean(gains));
  }
  return {};
}

}  // namespace
}  // namespace nextline::figures

int main(int argc, char** argv) {
  std::size_t rows = 0;
  std::uint32_t tokens = 0;
  if (argc != 5 || !nextline::figures::read_number(argv[3], rows) ||
      !nextline::figures::read_number(argv[4], tokens)) {
    std::cerr << "usage: preamble_figures MODEL FOLDER ROWS TOKENS\n";
    return 2;
  }
  const auto done = nextline::figures::run(argv[1], argv[2], rows, tokens);
  if (!done) {
    std::cerr << done.error().message << "\n";
    return 1;
  }
  return 0;
}
