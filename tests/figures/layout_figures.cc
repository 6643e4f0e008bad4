// How well a model guesses a line from its beginning, by how the prompt is put together, token by
// token: where a layout loses, and what it says instead.
//
//   layout_figures MODEL SOURCE CASES SEED
//
// SOURCE is what `nextline replay` takes. Each case is one of its documents, computed anew in each
// layout, with the cursor before the awaited line, and again behind the first half of it; what is
// awaited is given token by token, each behind those before it. Blends are of plain and psm, by the
// weight of psm. Figures are the same on every machine.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <map>
#include <string>
#include <string_view>

#include "engine/backend/cpu/cpu_backend.h"
#include "engine/backend/divergence.h"
#include "engine/session/blend.h"
#include "server/replay/case_source.h"
#include "tests/figures/arguments.h"
#include "tests/figures/setting.h"

namespace nextline::figures {
namespace {

using replay::EditCase;
using replay::EditKind;

constexpr std::array kLayouts = {Layout::kPlain, Layout::kPrefixSuffixMiddle,
                                 Layout::kSuffixPrefixMiddle};
constexpr std::array kBlendWeights = {0.3F, 0.5F, 0.7F};
constexpr std::size_t kWays = kLayouts.size() + kBlendWeights.size();
/// Tokens of a line that are counted apart; what follows is counted together.
constexpr std::size_t kFirstTokens = 3;
constexpr std::uint32_t kTokens = 1200;
constexpr std::uint32_t kRoom = 1024;

/// Tokens at one place of their lines, or behind it.
struct Guesses {
  std::size_t tokens = 0;
  std::size_t right = 0;  ///< Those that the model finds the most likely.
  double nats = 0;        ///< −log p of what stands there, all together.
};

/// What a layout makes of all lines.
struct LayoutGuesses {
  std::array<Guesses, kFirstTokens + 1> places;
  std::size_t right_lines = 0;
  std::map<std::string, std::size_t> said_instead;  ///< Of a first token that is not right.
};

TokenId most_likely(const std::vector<float>& logits) {
  return static_cast<TokenId>(std::ranges::max_element(logits) - logits.begin());
}

/// A first token beside the one that stands there, in words.
std::string difference(const Tokenizer& tokenizer, TokenId said, TokenId awaited) {
  const std::string says = tokenizer.decode(std::array{said});
  const std::string stands = tokenizer.decode(std::array{awaited});
  const auto is_blank = [](const std::string& text) {
    return text.find_first_not_of(" \t") == std::string::npos;
  };
  if (says.empty()) return "the end";
  if (says.find('\n') != std::string::npos) return "a line end";
  if (is_blank(stands)) {
    if (!is_blank(says)) return "no indentation";
    return says.size() < stands.size() ? "less indentation" : "more indentation";
  }
  return is_blank(says) ? "indentation where there is none" : "another word";
}

using Scores = std::vector<std::vector<float>>;

void add(const Scores& scores, std::span<const TokenId> tokens, const Tokenizer& tokenizer,
         LayoutGuesses& guesses) {
  bool is_right = true;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    Guesses& place = guesses.places[std::min(i, kFirstTokens)];
    const TokenId said = most_likely(scores[i]);
    ++place.tokens;
    place.right += said == tokens[i] ? 1 : 0;
    place.nats += log_sum_exp(scores[i]) - double{scores[i][static_cast<std::size_t>(tokens[i])]};
    is_right = is_right && said == tokens[i];
    if (i == 0 && said != tokens[i]) ++guesses.said_instead[difference(tokenizer, said, tokens[i])];
  }
  guesses.right_lines += is_right ? 1 : 0;
}

/// What is awaited at a cursor.
struct Place {
  Document document;
  std::string awaited;
};

Place beginning_of_line(const EditCase& edit_case) {
  const std::string text = new_text(edit_case);
  const std::size_t cursor = edit_case.steps.back().cursor;
  return {{text.substr(0, cursor), text.substr(cursor)}, edit_case.awaited};
}

/// Half of what the line says is there.
Place amid_line(const EditCase& edit_case) {
  Place place = beginning_of_line(edit_case);
  const std::size_t indented = indentation(place.awaited).size();
  const std::size_t half = indented + (place.awaited.size() - indented) / 2;
  place.document.before += place.awaited.substr(0, half);
  place.awaited.erase(0, half);
  return place;
}

using AllGuesses = std::array<LayoutGuesses, kWays>;

Result<void> guess(Backend& backend, const Place& place, AllGuesses& guesses) {
  const Tokenizer& tokenizer = backend.model().tokenizer();
  std::array<Scores, kLayouts.size()> scores;
  std::vector<TokenId> tokens;
  for (std::size_t i = 0; i < kLayouts.size(); ++i) {
    auto session =
        Session::create(backend, {.context_length = kTokens + kRoom, .layout = kLayouts[i]});
    if (!session) return tl::unexpected(session.error());
    session->open(place.document.text(), place.document.gap());
    if (auto done = session->recompute(); !done) return tl::unexpected(done.error());
    // With its end: a token may end a line as well as a word.
    tokens = awaited_tokens(backend, *session, place.awaited + '\n');
    auto scored = session->score(tokens);
    if (!scored) return tl::unexpected(scored.error());
    scores[i] = std::move(*scored);
    add(scores[i], tokens, tokenizer, guesses[i]);
  }
  for (std::size_t i = 0; i < kBlendWeights.size(); ++i) {
    Scores blended = scores[1];
    for (std::size_t token = 0; token < blended.size(); ++token) {
      blend(blended[token], scores[0][token], kBlendWeights[i]);
    }
    add(blended, tokens, tokenizer, guesses[kLayouts.size() + i]);
  }
  return {};
}

std::string title_of(std::size_t way) {
  return way < kLayouts.size() ? std::string(name_of(kLayouts[way]))
                               : fmt::format("blend {}", kBlendWeights[way - kLayouts.size()]);
}

double share(std::size_t part, std::size_t all) {
  return 100.0 * static_cast<double>(part) / static_cast<double>(std::max<std::size_t>(all, 1));
}

void print(std::string_view title, const AllGuesses& all, std::size_t cases) {
  fmt::print("{} lines, {}\n\n{:<10} {:>10} {:>12} {:>20} {:>20} {:>20} {:>20}\n", cases, title, "",
             "all right", "nats a line", "first: right, nats", "second", "third", "further");
  for (std::size_t way = 0; way < kWays; ++way) {
    double nats = 0;
    for (const Guesses& place : all[way].places) nats += place.nats;
    fmt::print("{:<10} {:>8.1f} % {:>12.3f}", title_of(way), share(all[way].right_lines, cases),
               nats / static_cast<double>(cases));
    for (const Guesses& place : all[way].places) {
      fmt::print(" {:>9.1f} % {:>8.3f}", share(place.right, place.tokens),
                 place.nats / static_cast<double>(cases));
    }
    fmt::print("\n");
  }
  fmt::print("\nFirst tokens that are not right:\n");
  for (std::size_t way = 0; way < kWays; ++way) {
    fmt::print("{:<10}", title_of(way));
    for (const auto& [what, times] : all[way].said_instead) fmt::print("  {} {}", times, what);
    fmt::print("\n");
  }
  fmt::print("\n");
}

Result<void> run(const char* model_path, const char* source, std::uint32_t limit,
                 std::uint64_t seed) {
  const auto model = Model::load(model_path);
  if (!model) return tl::unexpected(model.error());
  const auto backend = cpu::create_backend(**model);
  if (!backend) return tl::unexpected(backend.error());
  const auto cases =
      replay::cases_of(source,
                       {.kinds = {EditKind::kInsert, EditKind::kDelete, EditKind::kSemantic},
                        .seed = seed,
                        .limit = limit,
                        .tokens = kTokens},
                       (*model)->tokenizer());
  if (!cases) return tl::unexpected(cases.error());
  AllGuesses at_beginning;
  AllGuesses amid;
  for (const EditCase& edit_case : cases->cases) {
    auto done = guess(**backend, beginning_of_line(edit_case), at_beginning);
    if (done) done = guess(**backend, amid_line(edit_case), amid);
    if (!done) return done;
  }
  print("from their beginning", at_beginning, cases->cases.size());
  print("from their middle", amid, cases->cases.size());
  return {};
}

}  // namespace
}  // namespace nextline::figures

int main(int argc, char** argv) {
  std::uint32_t limit = 0;
  std::uint64_t seed = 0;
  if (argc != 5 || !nextline::figures::read_number(argv[3], limit) ||
      !nextline::figures::read_number(argv[4], seed)) {
    std::cerr << "usage: layout_figures MODEL SOURCE CASES SEED\n";
    return 2;
  }
  const auto done = nextline::figures::run(argv[1], argv[2], limit, seed);
  if (!done) {
    std::cerr << done.error().message << "\n";
    return 1;
  }
  return 0;
}
