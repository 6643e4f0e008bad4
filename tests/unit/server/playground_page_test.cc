#include "server/playground/playground_page.h"

#include <gtest/gtest.h>

namespace nextline::server {
namespace {

TEST(PlaygroundPage, IsOnePageOfHtml) {
  EXPECT_TRUE(playground_page().starts_with("<!doctype html>"));
  EXPECT_LT(playground_page().size(), 1'000'000U);
}

TEST(PlaygroundPage, MayAskNobodyButTheServerThatItCameFrom) {
  EXPECT_NE(playground_page().find("default-src 'none'; connect-src 'self'; script-src 'sha256-"),
            std::string_view::npos);
}

TEST(PlaygroundPage, HasTheLicencesOfWhatIsInIt) {
  EXPECT_NE(playground_page().find("@codemirror/view\n\nMIT License"), std::string_view::npos);
}

}  // namespace
}  // namespace nextline::server
