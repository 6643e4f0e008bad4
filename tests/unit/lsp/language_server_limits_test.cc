// A client opens, asks for and follows more than one may: the server goes on, and says what is left
// out.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/lsp/language_client.h"

namespace nextline::lsp::test {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr std::int64_t kRequestFailed = -32803;
constexpr auto kInvoked = InlineCompletionTriggerKind::kInvoked;
constexpr DocumentLimits kSmall{
    .document_bytes = 64, .documents = 2, .all_documents = 8, .all_bytes = 120};

class LanguageServerLimitsTest : public testing::Test {
 protected:
  LanguageServerLimitsTest() { client_.initialize(); }

  void open(const std::string& uri, std::size_t bytes = 9) {
    client_.open("def f():\n" + std::string(bytes - 9, 'x'), uri);
  }
  void close(const std::string& uri) {
    client_.notify("textDocument/didClose", {{"textDocument", {{"uri", uri}}}});
  }
  void insert(const std::string& uri, const std::string& text) {
    const json::value start = {{"line", 1}, {"character", 0}};
    client_.notify(
        "textDocument/didChange",
        {{"textDocument", {{"uri", uri}, {"version", 2}}},
         {"contentChanges", {{{"range", {{"start", start}, {"end", start}}}, {"text", text}}}}});
  }
  /// Whether requests there are answered by nothing, because of what the sentence says.
  testing::AssertionResult is_left_out(const std::string& uri, const std::string& sentence) {
    if (!client_.complete(8, kInvoked, uri).is_null()) return testing::AssertionFailure();
    const std::string why = client_.why_nothing();
    return (why.find(sentence) != std::string::npos ? testing::AssertionSuccess()
                                                    : testing::AssertionFailure())
           << why;
  }
  std::size_t shown() const { return client_.sent("window/showMessage").size(); }

  LanguageClient client_{kSmall};
};

TEST_F(LanguageServerLimitsTest, ADocumentAtTheLimitIsCompletedAndOneByteMoreIsNot) {
  open("file:///a.py", 64);
  EXPECT_TRUE(client_.suggests(kInvoked, "file:///a.py"));
  close("file:///a.py");
  open("file:///a.py", 65);
  EXPECT_TRUE(is_left_out("file:///a.py", "The document is larger than"));
  EXPECT_EQ(shown(), 1U);
}

TEST_F(LanguageServerLimitsTest, ADocumentThatGrowsBeyondTheLimitIsLeftOutUntilItIsOpenedAgain) {
  open("file:///a.py", 64);
  insert("file:///a.py", "x");
  insert("file:///a.py", "x");
  EXPECT_TRUE(is_left_out("file:///a.py", "larger than"));
  EXPECT_EQ(shown(), 1U) << "the user is told once";
  close("file:///a.py");
  open("file:///a.py", 60);
  EXPECT_TRUE(client_.suggests(kInvoked, "file:///a.py"));
}

TEST_F(LanguageServerLimitsTest, DocumentsBeyondTheLimitWaitUntilOthersAreClosed) {
  for (const char* const uri : {"file:///a.py", "file:///b.py", "file:///c.py"}) open(uri);
  EXPECT_TRUE(client_.suggests(kInvoked, "file:///b.py"));
  EXPECT_TRUE(is_left_out("file:///c.py", "More documents are open"));
  close("file:///a.py");
  close("file:///c.py");
  open("file:///c.py");
  EXPECT_TRUE(client_.suggests(kInvoked, "file:///c.py"));
}

TEST_F(LanguageServerLimitsTest, MoreTextThanAllMayHaveIsLeftOut) {
  open("file:///a.py", 60);
  open("file:///b.py", 61);
  EXPECT_TRUE(is_left_out("file:///b.py", "of text"));
  close("file:///a.py");
  close("file:///b.py");
  open("file:///b.py", 61);
  EXPECT_TRUE(client_.suggests(kInvoked, "file:///b.py"));
}

TEST_F(LanguageServerLimitsTest, WhatIsLeftOutHasNeitherACacheToFollowNorAText) {
  open("file:///a.py", 65);
  for (const char* const method : {"nextline/cache", "nextline/document"}) {
    const int id = client_.request(method, {{"textDocument", {{"uri", "file:///a.py"}}}});
    EXPECT_TRUE(client_.result_of(id).is_null()) << method;
  }
}

TEST(LanguageServerRequests, OfMoreThanMayWaitTheOldestIsSuperseded) {
  LanguageClient client;
  client.model().gate().shut();
  client.initialize();
  client.open("def f():\n");
  const auto ask = [&] {
    return client.request("textDocument/inlineCompletion",
                          {{"textDocument", {{"uri", "file:///w/a.py"}}},
                           {"position", {{"line", 0}, {"character", 8}}},
                           {"context", {{"triggerKind", 1}}}});
  };
  const int oldest = ask();
  for (std::size_t i = 1; i < LanguageServer::kMostPending; ++i) ask();
  EXPECT_FALSE(client.is_answered(oldest));
  const int newest = ask();
  EXPECT_TRUE(client.is_answered(oldest));
  EXPECT_TRUE(client.result_of(oldest).is_null());
  client.model().gate().open();
  EXPECT_FALSE(client.result_of(newest).at("items").as_array().empty());
}

TEST(LanguageServerRequests, CachesOfSoManyDocumentsAreFollowed) {
  LanguageClient client;
  client.initialize();
  const auto follow = [&](std::size_t number) {
    const std::string uri = "file:///" + std::to_string(number) + ".py";
    client.open("", uri);
    return client.request("nextline/cache", {{"textDocument", {{"uri", uri}}}});
  };
  for (std::size_t i = 0; i < CacheRequests::kMostDocuments; ++i) follow(i);
  EXPECT_EQ(client.error_of(follow(CacheRequests::kMostDocuments)), kRequestFailed);
  client.notify("textDocument/didClose", {{"textDocument", {{"uri", "file:///0.py"}}}});
  const int next = follow(CacheRequests::kMostDocuments + 1);
  EXPECT_TRUE(client.result_of(next).is_object());
}

TEST(LanguageServerRequests, OfMoreFoldersThanMayBeTheUserIsTold) {
  LanguageClient client;
  client.initialize();
  json::array folders;
  for (std::size_t i = 0; i <= ClientFolders::kMost; ++i) {
    folders.push_back({{"uri", "file:///w" + std::to_string(i)}, {"name", "w"}});
  }
  client.notify("workspace/didChangeWorkspaceFolders",
                {{"event", {{"added", folders}, {"removed", json::array()}}}});
  const auto shown = client.sent("window/showMessage");
  ASSERT_THAT(shown, SizeIs(1));
  EXPECT_THAT(std::string(shown[0].at("params").at("message").as_string()),
              HasSubstr("more than 256 folders"));
}

}  // namespace
}  // namespace nextline::lsp::test
