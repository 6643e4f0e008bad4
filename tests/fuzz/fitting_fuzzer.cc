#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engine/tokenizer/utf8.h"
#include "lsp/completion/fitting.h"

namespace {

using namespace nextline;

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr std::array kLanguages = {"python", "java", "c",    "cpp",         "typescriptreact",
                                   "go",     "rust", "lua",  "shellscript", "markdown",
                                   "html",   "sql",  "yaml", "unknown"};
/// Parts the text before, the text behind and the completion; it is in no UTF-8.
constexpr char kMark = '\xFE';

std::string_view next_part(std::string_view& input) {
  const std::string_view part = input.substr(0, input.find(kMark));
  input.remove_prefix(part.size() + (part.size() < input.size() ? 1 : 0));
  return part;
}

}  // namespace

// A byte for the language; then the text before, the text behind and the completion, parted by FE.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
  const lsp::FittingOptions options = {lsp::lexis_of(kLanguages[*data % kLanguages.size()])};
  const std::string_view before = next_part(input);
  const std::string_view behind = next_part(input);
  const lsp::Fitted fitted = lsp::fit(before, behind, next_part(input), options);
  if (!fitted) return 0;
  require(!fitted->text.empty());
  require(well_formed_utf8_prefix(fitted->text) == fitted->text.size());
  require(fitted->replaced_behind <= behind.find_first_of("\r\n"));
  require(fitted->replaced_behind <= behind.size());
  if (fitted->replaced_behind == 0)
    require(lsp::fit(before, behind, fitted->text, options) == fitted);
  return 0;
}
