#include "lsp/completion/trigger_rules.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nextline::lsp {
namespace {

TEST(TriggerRules, SayWhyNothingComesUnaskedInAFile) {
  EXPECT_EQ(reason_against_file("/p/a.py", {}), std::nullopt);
  EXPECT_EQ(reason_against_file("", {}), std::nullopt);
  EXPECT_EQ(reason_against_file("/p/.env", {}), Unasked::kSecret);
  EXPECT_EQ(reason_against_file("/p/a.py", {.automatic = false}), Unasked::kOnlyWhenAsked);
}

TEST(TriggerRules, LetTheUserNameFilesThatAreIgnored) {
  const TriggerOptions options = {
      .ignored = IgnorePatterns(std::vector<std::string>{"*.sql", "/gen/"}, {"/p"})};
  EXPECT_EQ(reason_against_file("/p/in/a.sql", options), Unasked::kIgnored);
  EXPECT_EQ(reason_against_file("/p/gen/a.py", options), Unasked::kIgnored);
  EXPECT_EQ(reason_against_file("/p/in/gen/a.py", options), std::nullopt);
}

}  // namespace
}  // namespace nextline::lsp
