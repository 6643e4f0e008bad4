#include "server/configuration/configured_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nextline::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Taken {
  lsp::Settings settings;
  std::vector<std::string> problems;  ///< "LINE:COLUMN: SENTENCE"
};

Taken take(std::string_view text, const lsp::Settings& base = {}) {
  Taken taken{base, {}};
  const auto table = parse_toml(text);
  EXPECT_TRUE(table) << table.error().sentence;
  std::vector<FileProblem> problems;
  take_settings(*table, taken.settings, problems);
  for (const FileProblem& problem : problems) {
    taken.problems.push_back(to_text("", problem).substr(1));
  }
  return taken;
}

TEST(ConfiguredSettings, AreCalledAsInEditors) {
  const Taken taken = take(
      "maxTokens = 32\nextent = \"block\"\nleastConfidence = 1\nignore = [\"*.sql\"]\n"
      "context.tokens = 512\n[languages]\npython = true\n\"*\" = false\n");
  EXPECT_THAT(taken.problems, IsEmpty());
  const lsp::Settings expected = {.languages = {{"python", true}, {"*", false}},
                                  .ignore = {"*.sql"},
                                  .max_tokens = 32,
                                  .extent = lsp::CompletionExtent::kBlock,
                                  .least_confidence = 1,
                                  .context_tokens = 512};
  EXPECT_EQ(taken.settings, expected);
}

TEST(ConfiguredSettings, ThatAreNotSaidAreAsBefore) {
  EXPECT_EQ(take("", {.candidates = 7}).settings, lsp::Settings{.candidates = 7});
  EXPECT_EQ(take("maxTokens = 2", {.candidates = 7}).settings,
            (lsp::Settings{.max_tokens = 2, .candidates = 7}));
}

TEST(ConfiguredSettings, ThatAreWrongAreAllToldWithTheirPlaces) {
  const Taken taken = take(
      "maxTokens = 0\nmodel = \"m\"\ncandidates = 2\n[languages]\npython = true\ncpp = 1\n"
      "[context]\nsize = 1\ntokens = -1\n");
  EXPECT_THAT(taken.problems,
              ElementsAre("1:13: The setting 'nextline.maxTokens' must be a whole number from 1 to "
                          "1024.",
                          "2:1: There is no setting 'nextline.model'.",
                          "6:7: The setting 'nextline.languages.cpp' must be true or false.",
                          "8:1: There is no setting 'nextline.context.size'.",
                          "9:10: The setting 'nextline.context.tokens' must be a whole number from "
                          "0 to 65536."));
  EXPECT_EQ(taken.settings.candidates, 2U);
}

TEST(ConfiguredSettings, OfListsArePlacedWhereTheWrongPartIs) {
  EXPECT_THAT(take("ignore = [\n  \"a\",\n  1,\n]").problems,
              ElementsAre("3:3: The setting 'nextline.ignore[1]' must be a string of at most 256 "
                          "bytes."));
  EXPECT_THAT(take("ignore = 1").problems, testing::SizeIs(1));
  EXPECT_THAT(take("context = 1").problems,
              ElementsAre("1:11: The setting 'nextline.context' must be an object."));
}

TEST(ConfiguredSettings, ThatThereAreNotAreNamedAndWhatWasMeant) {
  EXPECT_THAT(take("maxTokns = 1").problems,
              ElementsAre("1:1: There is no setting 'nextline.maxTokns'. Did you mean "
                          "'maxTokens'?"));
}

}  // namespace
}  // namespace nextline::server
