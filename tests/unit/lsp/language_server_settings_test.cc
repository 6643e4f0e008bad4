#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "lsp/settings/setting.h"
#include "tests/support/sample_repository.h"
#include "tests/unit/lsp/language_client.h"

namespace nextline::lsp::test {
namespace {

using nextline::test::SampleRepository;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = InlineCompletionTriggerKind;

const json::value kCanBeAsked = {{"workspace", {{"configuration", true}}}};

class LanguageServerSettingsTest : public testing::Test {
 protected:
  void change(const json::value& settings) {
    client_.notify("workspace/didChangeConfiguration", {{"settings", settings}});
  }
  std::vector<std::string> shown() const {
    std::vector<std::string> messages;
    for (const json::object& message : client_.sent("window/showMessage")) {
      messages.emplace_back(message.at("params").at("message").as_string());
    }
    return messages;
  }

  LanguageClient client_;
};

TEST_F(LanguageServerSettingsTest, AreTakenWhenTheClientBegins) {
  client_.initialize(json::object(), {{"initializationOptions", {{"maxTokens", 2}}}});
  client_.open("def f():");
  EXPECT_EQ(client_.generated_tokens(), 2);
}

TEST_F(LanguageServerSettingsTest, AreTakenWhenTheyChangeWhereverTheyStand) {
  client_.initialize();
  client_.open("def f():");
  change({{"nextline", {{"maxTokens", 3}}}});
  EXPECT_EQ(client_.generated_tokens(), 3);
  change({{"maxTokens", 2}});
  EXPECT_EQ(client_.generated_tokens(), 2);
  change(nullptr);
  EXPECT_EQ(client_.generated_tokens(), 2);
}

TEST_F(LanguageServerSettingsTest, ThatAreTakenBackAreAsTheClientBegan) {
  client_.initialize(json::object(), {{"initializationOptions", {{"maxTokens", 3}}}});
  client_.open("def f():");
  change({{"nextline", {{"maxTokens", 2}}}});
  change({{"nextline", json::object()}});
  EXPECT_EQ(client_.generated_tokens(), 3);
}

TEST_F(LanguageServerSettingsTest, AreAskedForWhereTheClientCanBeAsked) {
  client_.initialize(kCanBeAsked);
  client_.open("def f():");
  const auto asked = client_.sent("workspace/configuration");
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(json::serialize(asked[0].at("params")), R"({"items":[{"section":"nextline"}]})");
  client_.answer("workspace/configuration", {{{"maxTokens", 2}}});
  EXPECT_EQ(client_.generated_tokens(), 2);
}

TEST_F(LanguageServerSettingsTest, AreAskedForAgainWhenTheyChange) {
  client_.initialize(kCanBeAsked);
  client_.answer("workspace/configuration", json::array{nullptr});
  client_.open("def f():");
  change({{"nextline", {{"maxTokens", 9}}}});
  EXPECT_THAT(client_.sent("workspace/configuration"), SizeIs(2));
  client_.answer("workspace/configuration", {{{"maxTokens", 2}}});
  EXPECT_EQ(client_.generated_tokens(), 2);
}

TEST_F(LanguageServerSettingsTest, CountAsSaidWhereTheAnswerSaysNothing) {
  client_.initialize(kCanBeAsked);
  client_.open("def f():");
  change({{"nextline", {{"maxTokens", 2}}}});
  client_.answer("workspace/configuration", json::array{nullptr});
  EXPECT_EQ(client_.generated_tokens(), 2);
  change({{"nextline", {{"maxTokens", 3}}}});
  client_.refuse("workspace/configuration");
  EXPECT_EQ(client_.generated_tokens(), 3);
  for (const json::value& odd : {json::value(nullptr), json::value("x"), json::value(json::array()),
                                 json::value(json::object())}) {
    change({{"nextline", {{"maxTokens", 4}}}});
    client_.answer("workspace/configuration", odd);
    EXPECT_EQ(client_.generated_tokens(), 4);
  }
  EXPECT_THAT(shown(), IsEmpty());
}

TEST_F(LanguageServerSettingsTest, ThatAreWrongAreToldOnceAndTheOthersHold) {
  client_.initialize(json::object(),
                     {{"initializationOptions", {{"maxTokens", 2}, {"modell", "m"}}}});
  client_.open("def f():");
  change({{"maxTokens", 3}, {"modell", "m"}, {"extent", 1}});
  change({{"maxTokens", 4}, {"modell", "m"}, {"extent", 1}});
  EXPECT_EQ(client_.generated_tokens(), 4);
  EXPECT_THAT(shown(), testing::ElementsAre("There is no setting 'nextline.modell'.",
                                            HasSubstr("'nextline.extent' must be")));
  EXPECT_EQ(client_.sent("window/showMessage")[0].at("params").at("type"), 2);
}

TEST_F(LanguageServerSettingsTest, OfAnyTypeLeaveTheServerAtWork) {
  client_.initialize(kCanBeAsked);
  client_.open("def f():");
  for (const char* const text :
       {"null", "true", "-1", "1e300", "\"\"", "[]", "[[]]", "{}", "{\"\":{}}", "[{\"a\":null}]"}) {
    const json::value odd = json::parse(text);
    client_.notify("workspace/didChangeConfiguration", {{"settings", odd}});
    client_.answer("workspace/configuration", {odd});
    for (const Setting& setting : all_settings()) {
      json::object object;
      object[setting.name] = odd;
      change(object);
      client_.answer("workspace/configuration", json::array{object});
    }
  }
  client_.answer("workspace/configuration", json::array{json::object()});
  change({{"enabled", true}});
  client_.answer("workspace/configuration", json::array{nullptr});
  EXPECT_TRUE(client_.suggests(Kind::kInvoked));
}

TEST_F(LanguageServerSettingsTest, SwitchNextlineOffAndOn) {
  client_.initialize(json::object(), {{"initializationOptions", {{"enabled", false}}}});
  client_.open("def f():");
  EXPECT_FALSE(client_.suggests(Kind::kInvoked));
  EXPECT_THAT(client_.why_nothing(), HasSubstr("switched off"));
  EXPECT_EQ(client_.model().gate().passes(), 0U);
  change({{"enabled", true}});
  EXPECT_TRUE(client_.suggests(Kind::kInvoked));
}

TEST_F(LanguageServerSettingsTest, SwitchLanguagesOffAndOn) {
  client_.initialize();
  client_.open("def f():");
  client_.open("fn f() {", "file:///w/a.rs");
  change({{"languages", {{"python", false}}}});
  EXPECT_FALSE(client_.suggests(Kind::kInvoked));
  EXPECT_THAT(client_.why_nothing(), HasSubstr("this language"));
  EXPECT_TRUE(client_.suggests(Kind::kInvoked, "file:///w/a.rs"));
  change({{"languages", {{"*", false}, {"python", true}}}});
  EXPECT_TRUE(client_.suggests(Kind::kInvoked));
  EXPECT_FALSE(client_.suggests(Kind::kInvoked, "file:///w/a.rs"));
}

TEST_F(LanguageServerSettingsTest, MayWantSuggestionsOnlyWhereTheyAreAskedFor) {
  client_.initialize();
  client_.open("def f():");
  EXPECT_TRUE(client_.suggests(Kind::kAutomatic));
  change({{"automatic", false}});
  EXPECT_FALSE(client_.suggests(Kind::kAutomatic));
  EXPECT_THAT(client_.why_nothing(), HasSubstr("only where they are asked for"));
  EXPECT_TRUE(client_.suggests(Kind::kInvoked));
}

TEST_F(LanguageServerSettingsTest, NameFilesFromTheFoldersOfTheWorkspaceOn) {
  client_.initialize(json::object(), {{"workspaceFolders", {{{"uri", "file:///w"}, {"name", "w"}}}},
                                      {"initializationOptions", {{"ignore", {"gen/", "/a.py"}}}}});
  client_.open("def f():", "file:///w/a.py");
  client_.open("def f():", "file:///other/a.py");
  EXPECT_FALSE(client_.suggests(Kind::kAutomatic, "file:///w/a.py"));
  EXPECT_THAT(client_.why_nothing(), HasSubstr("ignore"));
  EXPECT_TRUE(client_.suggests(Kind::kInvoked, "file:///w/a.py"));
  EXPECT_TRUE(client_.suggests(Kind::kAutomatic, "file:///other/a.py"));
  client_.notify("workspace/didChangeWorkspaceFolders",
                 {{"event",
                   {{"added", {{{"uri", "file:///other/"}, {"name", "o"}}}},
                    {"removed", {{{"uri", "file:///w"}, {"name", "w"}}}}}}});
  EXPECT_FALSE(client_.suggests(Kind::kAutomatic, "file:///other/a.py"));
}

TEST_F(LanguageServerSettingsTest, WhatGitIgnoresIsKnownAnewWhenItsRulesChange) {
  const SampleRepository repository(SampleRepository::Kind::kWithFiles);
  const std::string folder = "file://" + repository.path().string() + "/";
  client_.initialize();
  client_.open("def f():", folder + "a.py");
  EXPECT_TRUE(client_.suggests(Kind::kAutomatic, folder + "a.py"));
  repository.write(".gitignore", "a.py\n");
  client_.notify("workspace/didChangeWatchedFiles",
                 {{"changes", {{{"uri", folder + ".gitignore"}, {"type", 1}}}}});
  EXPECT_FALSE(client_.suggests(Kind::kAutomatic, folder + "a.py"));
  EXPECT_THAT(client_.why_nothing(), HasSubstr("git"));
  EXPECT_TRUE(client_.suggests(Kind::kInvoked, folder + "a.py"));
  // The same where the client does not watch files, but saves this one.
  client_.open("a.py", folder + ".gitignore");
  repository.write(".gitignore", "b.py\n");
  client_.notify("textDocument/didSave", {{"textDocument", {{"uri", folder + ".gitignore"}}}});
  EXPECT_TRUE(client_.suggests(Kind::kAutomatic, folder + "a.py"));
}

}  // namespace
}  // namespace nextline::lsp::test
