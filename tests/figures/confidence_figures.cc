// How well the likelihood of a suggestion's tokens tells whether it is what somebody would type,
// and what is left where only what the model is sure of is shown.
//
//   confidence_figures MODEL FOLDER ROWS
//
// FOLDER has folders of sources, as scripts/replay_corpus makes them. Of each row the awaited line
// is completed from its beginning and from two places within it, as it is typed; what is completed
// is right if it is the rest of the line, blanks aside. Figures are the same on every machine.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <functional>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "engine/backend/cpu/cpu_backend.h"
#include "engine/session/session.h"
#include "lsp/completion/confidence.h"
#include "lsp/completion/fitting.h"
#include "server/replay/document_window.h"
#include "server/replay/quality.h"
#include "server/replay/row_maker.h"
#include "tests/figures/arguments.h"

namespace nextline::figures {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kDocumentTokens = 256;
constexpr std::size_t kPlacesOfALine = 3;

/// What a completion's tokens may tell; all are logarithms.
struct Measure {
  const char* name;
  std::function<double(const Completion&)> of;
};

double allowed(const TokenLikelihood& token) { return token.log_probability - token.log_allowed; }

double lowest(std::span<const TokenLikelihood> tokens) {
  double found = 0;
  for (const TokenLikelihood& token : tokens) found = std::min(found, allowed(token));
  return found;
}

/// The tokens of the first line, and the one that ends it, if there is one.
std::span<const TokenLikelihood> with_end(const Completion& completion) {
  const std::size_t count = lsp::first_line_of(completion).size();
  return std::span(completion.likelihoods)
      .first(std::min(count + 1, completion.likelihoods.size()));
}

double mean(std::span<const TokenLikelihood> tokens) {
  return tokens.empty() ? 0 : lsp::log_probability_of(tokens) / static_cast<double>(tokens.size());
}

/// As if nothing had to be spelled.
double mean_of_all(std::span<const TokenLikelihood> tokens) {
  double sum = 0;
  for (const TokenLikelihood& token : tokens) sum += token.log_probability;
  return sum / static_cast<double>(std::max<std::size_t>(tokens.size(), 1));
}

const std::array kMeasures = {
    Measure{"geometric mean", [](const Completion& c) { return mean(lsp::first_line_of(c)); }},
    Measure{"geometric mean, with the end", [](const Completion& c) { return mean(with_end(c)); }},
    Measure{"geometric mean, among all tokens",
            [](const Completion& c) { return mean_of_all(lsp::first_line_of(c)); }},
    Measure{"lowest", [](const Completion& c) { return lowest(lsp::first_line_of(c)); }},
    Measure{"lowest, with the end", [](const Completion& c) { return lowest(with_end(c)); }},
    Measure{"product",
            [](const Completion& c) { return lsp::log_probability_of(lsp::first_line_of(c)); }},
    Measure{"product, with the end",
            [](const Completion& c) { return lsp::log_probability_of(with_end(c)); }},
    Measure{"first token", [](const Completion& c) {
              return c.likelihoods.empty() ? 0 : allowed(c.likelihoods.front());
            }}};

struct Sample {
  std::array<double, kMeasures.size()> values;
  bool is_right;
};

std::string_view first_line(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  return text.substr(0, text.find('\n', begin));
}

/// Completes a document of which some of the awaited line is typed already; nothing where nothing
/// would be shown.
Result<std::optional<Sample>> sample_of(Session& session, const replay::Document& document,
                                        std::size_t typed) {
  const std::string text = document.text.substr(0, document.cursor) +
                           document.awaited.substr(0, typed) +
                           document.text.substr(document.cursor);
  const std::size_t cursor = document.cursor + typed;
  session.open(text, {cursor, cursor});
  const auto completion = session.complete({});
  if (!completion) return tl::unexpected(completion.error());
  const auto fitted = lsp::fit(text.substr(0, cursor), text.substr(cursor), completion->text, {});
  if (!fitted) return std::optional<Sample>();
  Sample sample{{}, replay::exact_match(first_line(fitted->text), document.awaited.substr(typed))};
  for (std::size_t i = 0; i < kMeasures.size(); ++i)
    sample.values[i] = kMeasures[i].of(*completion);
  return std::optional(sample);
}

/// How often a right sample has the higher value, of a right and a wrong one.
double separation(const std::vector<Sample>& samples, std::size_t measure) {
  double pairs = 0;
  double won = 0;
  for (const Sample& right : samples) {
    for (const Sample& wrong : samples) {
      if (!right.is_right || wrong.is_right) continue;
      pairs += 1;
      if (right.values[measure] > wrong.values[measure]) won += 1;
      if (right.values[measure] == wrong.values[measure]) won += 0.5;
    }
  }
  return won / std::max(pairs, 1.0);
}

/// What is left if the samples with the lowest values are not shown.
void print_floors(std::vector<Sample> samples, std::size_t measure) {
  fmt::print("\n{}:\n  {:>8} {:>9} {:>9} {:>12}\n", kMeasures[measure].name, "floor", "shown",
             "right", "right shown");
  std::ranges::sort(samples, std::greater<>(),
                    [&](const Sample& sample) { return sample.values[measure]; });
  const auto all_right = static_cast<double>(std::ranges::count(samples, true, &Sample::is_right));
  for (const double share : {1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2}) {
    const auto count = static_cast<std::size_t>(share * static_cast<double>(samples.size()));
    if (count == 0) continue;
    const auto right = static_cast<double>(
        std::count_if(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(count),
                      [](const Sample& sample) { return sample.is_right; }));
    fmt::print("  {:>8.3f} {:>7.0f} % {:>7.1f} % {:>10.1f} %\n",
               std::exp(samples[count - 1].values[measure]), 100 * share,
               100 * right / static_cast<double>(count), 100 * right / std::max(all_right, 1.0));
  }
}

Result<void> run(const char* model_path, const char* folder, std::size_t rows) {
  const auto model = Model::load(model_path);
  if (!model) return tl::unexpected(model.error());
  const auto backend = cpu::create_backend(**model);
  if (!backend) return tl::unexpected(backend.error());
  const std::vector<fs::path> folders = packages_of(folder);
  std::vector<Sample> samples;
  std::size_t unfit = 0;
  std::mt19937_64 random(1);
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const auto tree = replay::SourceTree::read(folders[i]);
    if (!tree) continue;
    const replay::RowMaker maker(*tree, folders[i].filename());
    std::size_t left = rows / folders.size() + (i < rows % folders.size() ? 1 : 0);
    for (std::size_t file = 0; file < tree->files().size() && left > 0; ++file) {
      for (const replay::MadeRow& row : maker.rows_of(file)) {
        if (left == 0) continue;
        const replay::Document document =
            replay::cut_to_window(row.document, (*model)->tokenizer(), kDocumentTokens);
        // What stands before the line is computed once: the line's places keep it as it is.
        auto session = Session::create(
            **backend, {.context_length = 2 * kDocumentTokens, .reuse = Reuse::kCommonPrefix});
        if (!session) return tl::unexpected(session.error());
        for (std::size_t place = 0; place < kPlacesOfALine; ++place) {
          const std::size_t typed = place == 0 ? 0 : random() % document.awaited.size();
          const auto sample = sample_of(*session, document, typed);
          if (!sample) return tl::unexpected(sample.error());
          *sample ? samples.push_back(**sample) : void(++unfit);
        }
        --left;
        fmt::print(stderr, "\r{} suggestions", samples.size());
      }
    }
  }
  fmt::print(stderr, "\n");
  fmt::print("{} suggestions, {} right; {} did not fit\n\n", samples.size(),
             std::ranges::count(samples, true, &Sample::is_right), unfit);
  fmt::print("how often a right one has the higher value than a wrong one:\n");
  for (std::size_t i = 0; i < kMeasures.size(); ++i) {
    fmt::print("  {:<34} {:.3f}\n", kMeasures[i].name, separation(samples, i));
  }
  for (std::size_t i = 0; i < kMeasures.size(); ++i) print_floors(samples, i);
  return {};
}

}  // namespace
}  // namespace nextline::figures

int main(int argc, char** argv) {
  std::size_t rows = 0;
  if (argc != 4 || !nextline::figures::read_number(argv[3], rows)) {
    std::cerr << "usage: confidence_figures MODEL FOLDER ROWS\n";
    return 2;
  }
  const auto done = nextline::figures::run(argv[1], argv[2], rows);
  if (!done) {
    std::cerr << done.error().message << "\n";
    return 1;
  }
  return 0;
}
