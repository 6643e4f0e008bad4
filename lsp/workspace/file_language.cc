#include "lsp/workspace/file_language.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "engine/disk/hash.h"

namespace nextline::lsp {
namespace {

struct Known {
  std::string_view ending;
  std::string_view language;
};

/// Endings that are not the language's name, in their order. A header may be C's as well; it counts
/// as C++'s, which includes both.
constexpr std::array<Known, 48> kKnown = {{{"bash", "shellscript"}, {"c++", "cpp"},
                                           {"cc", "cpp"},           {"cjs", "javascript"},
                                           {"cs", "csharp"},        {"cts", "typescript"},
                                           {"cu", "cuda-cpp"},      {"cuh", "cuda-cpp"},
                                           {"cxx", "cpp"},          {"erl", "erlang"},
                                           {"ex", "elixir"},        {"exs", "elixir"},
                                           {"fs", "fsharp"},        {"h", "cpp"},
                                           {"h++", "cpp"},          {"hh", "cpp"},
                                           {"hpp", "cpp"},          {"hrl", "erlang"},
                                           {"hs", "haskell"},       {"htm", "html"},
                                           {"hxx", "cpp"},          {"inl", "cpp"},
                                           {"ipp", "cpp"},          {"jl", "julia"},
                                           {"js", "javascript"},    {"jsx", "javascriptreact"},
                                           {"kt", "kotlin"},        {"kts", "kotlin"},
                                           {"m", "objective-c"},    {"md", "markdown"},
                                           {"mjs", "javascript"},   {"ml", "ocaml"},
                                           {"mli", "ocaml"},        {"mm", "objective-cpp"},
                                           {"mts", "typescript"},   {"pl", "perl"},
                                           {"pm", "perl"},          {"py", "python"},
                                           {"pyi", "python"},       {"pyw", "python"},
                                           {"rb", "ruby"},          {"rs", "rust"},
                                           {"sh", "shellscript"},   {"tpp", "cpp"},
                                           {"ts", "typescript"},    {"tsx", "typescriptreact"},
                                           {"yml", "yaml"},         {"zsh", "shellscript"}}};
static_assert(std::ranges::is_sorted(kKnown, {}, &Known::ending));

}  // namespace

std::string language_of(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  std::string ending(name.substr(name.rfind('.') + 1));
  std::ranges::transform(ending, ending.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const auto known = std::ranges::lower_bound(kKnown, std::string_view(ending), {}, &Known::ending);
  if (known != kKnown.end() && known->ending == ending) return std::string(known->language);
  return ending;
}

std::uint16_t language_number(std::string_view language) {
  return static_cast<std::uint16_t>(hash_64(std::as_bytes(std::span(language))));
}

}  // namespace nextline::lsp
