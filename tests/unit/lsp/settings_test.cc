#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "lsp/settings/read_settings.h"
#include "lsp/settings/setting.h"
#include "lsp/settings/settings_options.h"

namespace nextline::lsp {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// What is read, and the sentences about what is wrong.
struct Read {
  Settings settings;
  std::vector<std::string> problems;
};

Read read_value(const json::value& value, const Settings& base = {},
                const PinnedSettings& pinned = {}) {
  const ReadSettings outcome = read_settings(value, base, pinned);
  return {outcome.settings, outcome.sentences()};
}

Read read(const std::string& text, const Settings& base = {}, const PinnedSettings& pinned = {}) {
  return read_value(json::parse(text), base, pinned);
}

TEST(Settings, AreReadWithNamesInObjects) {
  const Read read_all = read(R"({
      "enabled": false, "languages": {"python": true, "*": false}, "automatic": false,
      "suggestInComments": true, "suggestInStrings": true, "ignore": ["*.sql", "/gen/"],
      "maxTokens": 32, "extent": "block", "openStatement": "cut", "leastConfidence": 0.25,
      "candidates": 5, "lookAhead": false, "context": {"enabled": false, "tokens": 512}})");
  EXPECT_THAT(read_all.problems, IsEmpty());
  const Settings expected = {.enabled = false,
                             .languages = {{"python", true}, {"*", false}},
                             .automatic = false,
                             .suggest_in_comments = true,
                             .suggest_in_strings = true,
                             .ignore = {"*.sql", "/gen/"},
                             .max_tokens = 32,
                             .extent = CompletionExtent::kBlock,
                             .open_statement = OpenStatement::kCut,
                             .least_confidence = 0.25,
                             .candidates = 5,
                             .look_ahead = false,
                             .context_enabled = false,
                             .context_tokens = 512};
  EXPECT_EQ(read_all.settings, expected);
}

TEST(Settings, MayHaveDotsInTheirNames) {
  const Read dotted = read(R"({"context.tokens": 512})");
  EXPECT_THAT(dotted.problems, IsEmpty());
  EXPECT_EQ(dotted.settings.context_tokens, 512U);
}

TEST(Settings, ThatAreNotSaidAreAsBefore) {
  const Settings base = {.max_tokens = 7, .candidates = 2};
  const Read partly = read(R"({"maxTokens": null, "context": null, "candidates": 3})", base);
  EXPECT_THAT(partly.problems, IsEmpty());
  EXPECT_EQ(partly.settings.max_tokens, 7U);
  EXPECT_EQ(partly.settings.candidates, 3U);
  EXPECT_EQ(read("null", base).settings, base);
}

TEST(Settings, ThatAreWrongAreNamedAndTheOthersHold) {
  const Read partly = read(R"({"maxTokens": 0, "extent": "page", "candidates": 2})");
  EXPECT_THAT(partly.problems,
              ElementsAre("The setting 'nextline.maxTokens' must be a whole number from 1 to 1024.",
                          "The setting 'nextline.extent' must be \"line\", \"block\" or "
                          "\"automatic\"."));
  EXPECT_EQ(partly.settings, Settings{.candidates = 2});
}

TEST(Settings, ThatThereAreNotAreNamed) {
  EXPECT_THAT(
      read(R"({"model": "m", "context": {"size": 1}, "context.": 1, "": 1})").problems,
      ElementsAre("There is no setting 'nextline.model'.",
                  "There is no setting 'nextline.context.size'.",
                  "There is no setting 'nextline.context.'.", "There is no setting 'nextline.'."));
  EXPECT_THAT(read(R"({"context": true})").problems,
              ElementsAre("The setting 'nextline.context' must be an object."));
}

TEST(Settings, ThatAreMisspelledAreToldWhatWasMeant) {
  EXPECT_THAT(read(R"({"maxTokns": 1, "context": {"token": 1}})").problems,
              ElementsAre("There is no setting 'nextline.maxTokns'. Did you mean 'maxTokens'?",
                          "There is no setting 'nextline.context.token'. Did you mean "
                          "'context.tokens'?"));
}

TEST(Settings, ThatArePinnedChangeNothing) {
  const PinnedSettings pinned = {{"maxTokens", "--max-tokens"},
                                 {"context.enabled", "--no-context"}};
  const Settings base = {.max_tokens = 7, .context_enabled = false};
  const Read said =
      read(R"({"maxTokens": 3, "candidates": 2, "context": {"enabled": true}})", base, pinned);
  EXPECT_THAT(said.problems,
              ElementsAre("The setting 'nextline.maxTokens' changes nothing, since the server was "
                          "started with --max-tokens.",
                          "The setting 'nextline.context.enabled' changes nothing, since the "
                          "server was started with --no-context."));
  EXPECT_EQ(said.settings, (Settings{.max_tokens = 7, .candidates = 2, .context_enabled = false}));
}

TEST(Settings, ThatArePinnedMaySayTheSame) {
  const PinnedSettings pinned = {{"maxTokens", "--max-tokens"}};
  EXPECT_THAT(read(R"({"maxTokens": 7})", {.max_tokens = 7}, pinned).problems, IsEmpty());
  EXPECT_THAT(read(R"({"maxTokens": "7"})", {.max_tokens = 7}, pinned).problems,
              ElementsAre(HasSubstr("must be a whole number")));
}

TEST(Settings, SayWhichPartIsWrong) {
  const ReadSettings partly = read_settings(
      json::parse(R"({"languages": {"cpp": 1}, "ignore": ["a", 1], "x": 1, "extent": 1})"), {});
  std::vector<std::string> names;
  for (const SettingProblem& problem : partly.problems) names.push_back(problem.name);
  EXPECT_THAT(names, ElementsAre("languages.cpp", "ignore[1]", "x", "extent"));
}

TEST(Settings, OfTheClientsOwnArePassedOver) {
  EXPECT_THAT(read(R"({"trace": {"server": "verbose"}})").problems, IsEmpty());
}

TEST(Settings, MustBeAnObject) {
  for (const char* const text : {"[]", "\"on\"", "true", "1"}) {
    const Read none = read(text);
    EXPECT_THAT(none.problems, ElementsAre("The settings of Nextline must be an object.")) << text;
    EXPECT_EQ(none.settings, Settings()) << text;
  }
}

TEST(Settings, TakeNoValueOfAnotherType) {
  const Settings defaults;
  for (const Setting& setting : all_settings()) {
    std::size_t taken = 0;
    for (const char* const text :
         {"true", "-1", "1e300", "3.5", "\"\\u0000\"", "{\"a\": 1}", "[1]"}) {
      SCOPED_TRACE(std::string(setting.name) + ": " + text);
      ReadSettings outcome{defaults};
      read_setting(setting, json::parse(text), outcome.settings, outcome.problems);
      taken += outcome.problems.empty() ? 1 : 0;
      if (outcome.problems.empty()) continue;
      EXPECT_THAT(outcome.sentences(),
                  ElementsAre(HasSubstr("'nextline." + std::string(setting.name))));
      EXPECT_EQ(value_of(setting, outcome.settings), value_of(setting, defaults));
    }
    EXPECT_EQ(taken, std::holds_alternative<FlagSetting>(setting.kind) ? 1U : 0U) << setting.name;
  }
}

TEST(Settings, OfListsTheGoodPartsHold) {
  const Read partly =
      read(R"({"languages": {"python": true, "cpp": 1, "go": null}, "ignore": ["a", 1, "b"]})");
  EXPECT_THAT(
      partly.problems,
      ElementsAre("The setting 'nextline.languages.cpp' must be true or false.",
                  "The setting 'nextline.ignore[1]' must be a string of at most 256 bytes."));
  EXPECT_EQ(partly.settings.languages, (Settings{.languages = {{"python", true}}}.languages));
  EXPECT_THAT(partly.settings.ignore, ElementsAre("a", "b"));
}

TEST(Settings, AreBoundedHoweverMuchIsSaid) {
  json::object many;
  for (int i = 0; i < 1000; ++i) many[std::to_string(i) + std::string(1000, 'x')] = i;
  many["candidates"] = 2;
  const Read partly = read_value(many);
  EXPECT_THAT(partly.problems, SizeIs(8));
  EXPECT_LT(partly.problems.front().size(), 200U);
  EXPECT_EQ(partly.settings.candidates, 2U);
  EXPECT_THAT(read_value(json::object{{"ignore", json::array(257, "a")}}).problems, SizeIs(1));
  EXPECT_THAT(read_value(json::object{{"ignore", {std::string(257, 'a')}}}).problems, SizeIs(1));
  EXPECT_THAT(read_value(json::object{{"languages", many}}).problems, SizeIs(1));
}

TEST(Settings, StandInTheDocumentation) {
  std::ifstream file(NEXTLINE_DOCS "/language-server.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const Setting& setting : all_settings()) {
    EXPECT_NE(text.find("| `" + std::string(setting.name) + "` |"), std::string::npos)
        << setting.name;
  }
}

TEST(Settings, HaveDefaultsThatAreReadBack) {
  std::set<std::string_view> names;
  const Settings defaults;
  for (const Setting& setting : all_settings()) {
    EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
    EXPECT_FALSE(setting.description.empty()) << setting.name;
    EXPECT_FALSE(type_of(setting).empty()) << setting.name;
    json::object object;
    object[setting.name] = value_of(setting, defaults);
    const ReadSettings again = read_settings(object, {.max_tokens = 1, .candidates = 1});
    EXPECT_THAT(again.problems, IsEmpty()) << setting.name;
    EXPECT_EQ(value_of(setting, again.settings), value_of(setting, defaults)) << setting.name;
  }
}

TEST(SettingsOptions, SayWhatTheServerWasStartedWith) {
  const std::vector<std::string> ignored = {"*.sql", "# none"};
  const Completer::Options options = {
      .max_tokens = 24, .triggers = {.in_strings = true, .ignored = IgnorePatterns(ignored, {})}};
  const Settings settings = settings_of(options);
  EXPECT_EQ(settings.max_tokens, 24U);
  EXPECT_EQ(settings.ignore, ignored);
  EXPECT_TRUE(settings.suggest_in_strings);
  Completer::Options same;
  apply(settings, {}, same);
  EXPECT_EQ(settings_of(same), settings);
}

TEST(SettingsOptions, MatchPatternsFromTheFoldersOn) {
  Completer::Options options;
  apply({.ignore = {"/gen/"}}, {"/w"}, options);
  EXPECT_TRUE(options.triggers.ignored.match("/w/gen/a.py"));
  EXPECT_FALSE(options.triggers.ignored.match("/other/gen/a.py"));
}

}  // namespace
}  // namespace nextline::lsp
