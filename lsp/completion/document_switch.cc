#include "lsp/completion/document_switch.h"

#include "lsp/workspace/file_language.h"

namespace nextline::lsp {

std::optional<SwitchedOff> why_off(const DocumentSwitches& switches,
                                   const std::filesystem::path& file) {
  if (!switches.on) return SwitchedOff::kEverywhere;
  auto found = switches.languages.find(language_of(file.string()));
  if (found == switches.languages.end()) found = switches.languages.find("*");
  if (found == switches.languages.end() || found->second) return std::nullopt;
  return SwitchedOff::kLanguage;
}

}  // namespace nextline::lsp
