#include "server/bench/source_tokens.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>

namespace nextline::bench {
namespace {

constexpr std::array<std::string_view, 11> kVerbs = {"load",  "merge",  "parse", "find",
                                                     "sort",  "update", "count", "remove",
                                                     "check", "render", "split"};
constexpr std::array<std::string_view, 13> kNouns = {
    "order", "customer", "session", "message", "record", "account", "image",
    "queue", "user",     "path",    "token",   "line",   "result"};

/// The function with this number. Verbs and nouns are as many as two primes, so that the names
/// come again only after all pairs.
std::string function_text(std::size_t number) {
  return fmt::format(
      R"(def {verb}_{noun}s({noun}s, limit={limit}):
    """{title}s the {noun}s whose {other} is below the limit."""
    chosen = []
    for index, {noun} in enumerate({noun}s):
        if {noun}.{other} is None or {noun}.size > limit:
            raise ValueError(f"{noun} {{index}} has no {other}")
        if {noun}.size % {divisor} == 0:
            chosen.append(({noun}.{other}, {noun}.size * {limit}))
    return sorted(chosen)[:{divisor}]


)",
      fmt::arg("verb", kVerbs[number % kVerbs.size()]),
      fmt::arg("noun", kNouns[number % kNouns.size()]),
      fmt::arg("other", kNouns[(number + 5) % kNouns.size()]),
      fmt::arg("title", kVerbs[(number + 3) % kVerbs.size()]), fmt::arg("limit", 16 + 37 * number),
      fmt::arg("divisor", 3 + number % 7));
}

}  // namespace

std::vector<TokenId> source_tokens(const Model& model, std::uint32_t count) {
  // Function by function: what one is cut into does not depend on what follows it.
  std::vector<TokenId> tokens = {model.sink()};
  for (std::size_t number = 0; tokens.size() < count; ++number) {
    const std::vector<TokenId> function = model.tokenizer().encode(function_text(number));
    tokens.insert(tokens.end(), function.begin(), function.end());
  }
  tokens.resize(count);
  return tokens;
}

}  // namespace nextline::bench
