#include "lsp/completion/document_switch.h"

#include <gtest/gtest.h>

namespace nextline::lsp {
namespace {

TEST(DocumentSwitch, IsOnUnlessSwitchedOff) {
  EXPECT_EQ(why_off({}, "/p/a.py"), std::nullopt);
  EXPECT_EQ(why_off({.on = false}, "/p/a.py"), SwitchedOff::kEverywhere);
  EXPECT_EQ(why_off({.on = false, .languages = {{"python", true}}}, "/p/a.py"),
            SwitchedOff::kEverywhere);
}

TEST(DocumentSwitch, IsThatOfTheLanguageOrElseOfAny) {
  const DocumentSwitches only_python = {.languages = {{"*", false}, {"python", true}}};
  EXPECT_EQ(why_off(only_python, "/p/a.pyi"), std::nullopt);
  EXPECT_EQ(why_off(only_python, "/p/a.rs"), SwitchedOff::kLanguage);
  EXPECT_EQ(why_off(only_python, ""), SwitchedOff::kLanguage);
  const DocumentSwitches no_markdown = {.languages = {{"markdown", false}}};
  EXPECT_EQ(why_off(no_markdown, "/p/README.md"), SwitchedOff::kLanguage);
  EXPECT_EQ(why_off(no_markdown, "/p/a.py"), std::nullopt);
}

}  // namespace
}  // namespace nextline::lsp
