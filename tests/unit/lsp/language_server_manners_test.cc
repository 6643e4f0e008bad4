#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "lsp/syntax/outline.h"
#include "tests/unit/lsp/language_client.h"

namespace nextline::lsp::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class LanguageServerMannersTest : public testing::Test {
 protected:
  json::value menu(json::value context = nullptr) {
    json::object params = {{"textDocument", {{"uri", "file:///w/a.py"}}},
                           {"position", {{"line", 0}, {"character", 2}}}};
    if (!context.is_null()) params["context"] = std::move(context);
    return client_.result_of(client_.request("textDocument/completion", std::move(params)));
  }
  std::size_t entries(int trigger_kind) {
    return menu({{"triggerKind", trigger_kind}}).at("items").as_array().size();
  }
  json::array registrations() {
    const auto sent = client_.sent("client/registerCapability");
    return sent.empty() ? json::array() : sent[0].at("params").at("registrations").as_array();
  }

  LanguageClient client_;
};

TEST_F(LanguageServerMannersTest, SaysThatItFollowsFoldersAndOpensMenusBehindDots) {
  client_.initialize();
  const json::value& capabilities = client_.about().at("capabilities");
  EXPECT_EQ(json::serialize(capabilities.at("workspace")),
            R"({"workspaceFolders":{"supported":true,"changeNotifications":true}})");
  EXPECT_EQ(json::serialize(capabilities.at("completionProvider").at("triggerCharacters")),
            R"(["."])");
}

TEST_F(LanguageServerMannersTest, AsksNothingOfAClientThatCanDoNothing) {
  client_.initialize();
  EXPECT_THAT(client_.sent(), IsEmpty());
}

TEST_F(LanguageServerMannersTest, AsksToBeToldOfChangesWhereTheClientWantsToBeAsked) {
  client_.initialize({{"workspace",
                       {{"didChangeConfiguration", {{"dynamicRegistration", true}}},
                        {"didChangeWatchedFiles", {{"dynamicRegistration", true}}}}}});
  ASSERT_THAT(registrations(), SizeIs(2));
  EXPECT_EQ(registrations()[0].at("method"), "workspace/didChangeConfiguration");
  EXPECT_EQ(registrations()[1].at("method"), "workspace/didChangeWatchedFiles");
  const json::value watchers = registrations()[1].at("registerOptions").at("watchers");
  const std::string pattern(watchers.at(0).at("globPattern").as_string());
  EXPECT_THAT(pattern, testing::StartsWith("**/*.{py,"));
  EXPECT_THAT(pattern, HasSubstr(",go,"));
  EXPECT_EQ(watchers.at(1).at("globPattern"), "**/.gitignore");
}

TEST_F(LanguageServerMannersTest, AsksForWhatTheClientCanBeAskedAlone) {
  client_.initialize({{"workspace",
                       {{"didChangeConfiguration", {{"dynamicRegistration", true}}},
                        {"didChangeWatchedFiles", {{"dynamicRegistration", "yes"}}}}}});
  ASSERT_THAT(registrations(), SizeIs(1));
  EXPECT_EQ(registrations()[0].at("method"), "workspace/didChangeConfiguration");
}

TEST_F(LanguageServerMannersTest, TakesARefusalWithoutAWord) {
  client_.initialize(
      {{"workspace", {{"didChangeConfiguration", {{"dynamicRegistration", true}}}}}});
  client_.refuse("client/registerCapability");
  EXPECT_THAT(client_.sent(), SizeIs(1));
}

TEST_F(LanguageServerMannersTest, AMenuThatOpensByItselfIsNotAskedForByHand) {
  client_.initialize();
  client_.open("def f():");
  EXPECT_EQ(menu().at("items").as_array().size(), 1U);
  EXPECT_EQ(entries(1), 1U);
  EXPECT_EQ(entries(2), 0U);
  EXPECT_THAT(client_.why_nothing(), HasSubstr("amid a word"));
  EXPECT_EQ(entries(3), 0U);
}

TEST_F(LanguageServerMannersTest, ShowsMenuEntriesAsTheClientCan) {
  client_.initialize();
  client_.open("de");
  const json::value plain = menu().at("items").at(0);
  EXPECT_EQ(plain.at("kind"), 1);
  EXPECT_EQ(plain.at("detail"), "Nextline");
  EXPECT_FALSE(plain.as_object().contains("insertTextMode"));
  EXPECT_FALSE(plain.as_object().contains("labelDetails"));
}

TEST_F(LanguageServerMannersTest, HasIndentationLeftAsItIsAndItsNameBesideTheLabel) {
  client_.initialize({{"textDocument",
                       {{"completion",
                         {{"completionItem",
                           {{"labelDetailsSupport", true},
                            {"insertTextModeSupport", {{"valueSet", {1, 2}}}}}}}}}}});
  client_.open("de");
  const json::value item = menu().at("items").at(0);
  EXPECT_EQ(item.at("insertTextMode"), 1);
  EXPECT_EQ(item.at("labelDetails").at("description"), "Nextline");
  EXPECT_FALSE(item.as_object().contains("detail"));
}

TEST_F(LanguageServerMannersTest, PassesOverWhatIsOptional) {
  client_.initialize();
  client_.notify("$/setTrace", {{"value", "verbose"}});
  client_.notify("$/somethingNew", json::array{1});
  client_.notify("workspace/didChangeWatchedFiles", json::object());
  client_.notify("workspace/didChangeWorkspaceFolders", json::object());
  client_.notify("workspace/didChangeConfiguration", json::object());
  EXPECT_THAT(client_.sent(), IsEmpty());
}

}  // namespace
}  // namespace nextline::lsp::test
