// A client follows what becomes of a document's cache.

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/lsp/language_client.h"

namespace nextline::lsp::test {
namespace {

constexpr std::int64_t kInvalidRequest = -32600;
constexpr std::int64_t kInvalidParams = -32602;
constexpr std::int64_t kRequestCancelled = -32800;

class LanguageServerCacheTest : public testing::Test {
 protected:
  LanguageServerCacheTest() {
    client_.initialize();
    client_.open("def f():\n");
  }

  int ask(std::int64_t after) {
    return client_.request("nextline/cache", {{"textDocument", {{"uri", kUri}}}, {"after", after}});
  }
  /// The first report in which nothing is missing.
  json::value whole_report() {
    json::value report = client_.result_of(ask(0));
    while (tokens(report, "missing") > 0) {
      report = client_.result_of(ask(report.at("number").to_number<std::int64_t>()));
    }
    return report;
  }
  static std::int64_t tokens(const json::value& report, const std::string& state) {
    std::int64_t count = 0;
    for (const json::value& span : report.at("spans").as_array()) {
      if (span.at("state") == json::string(state)) {
        count += span.at("tokens").to_number<std::int64_t>();
      }
    }
    return count;
  }

  static constexpr const char* kUri = "file:///w/a.py";
  LanguageClient client_;
};

TEST_F(LanguageServerCacheTest, TellsWhatIsCachedOfADocumentAndWhatItTook) {
  const json::value report = whole_report();
  EXPECT_EQ(tokens(report, "exact"), report.at("prompt").to_number<std::int64_t>());
  EXPECT_EQ(report.at("encoded").at("opening").at("tokens"), report.at("prompt"));
  EXPECT_EQ(report.at("spans").at(0).at("part"), "sink");
}

TEST_F(LanguageServerCacheTest, AnEditMakesANewReport) {
  const json::value before = whole_report();
  const int waiting = ask(before.at("number").to_number<std::int64_t>());
  client_.notify(
      "textDocument/didChange",
      {{"textDocument", {{"uri", kUri}, {"version", 2}}},
       {"contentChanges",
        {{{"range",
           {{"start", {{"line", 1}, {"character", 0}}}, {"end", {{"line", 1}, {"character", 0}}}}},
          {"text", "  return\n"}}}}});
  const json::value after = client_.result_of(waiting);
  EXPECT_GT(after.at("number").to_number<std::int64_t>(),
            before.at("number").to_number<std::int64_t>());
  EXPECT_EQ(after.at("updates"), before.at("updates").to_number<std::int64_t>() + 1);
}

TEST_F(LanguageServerCacheTest, ARequestThatWaitsIsAnsweredOnceItsDocumentIsClosed) {
  const int waiting = ask(1'000'000);
  client_.notify("textDocument/didClose", {{"textDocument", {{"uri", kUri}}}});
  EXPECT_TRUE(client_.result_of(waiting).is_null());
  EXPECT_EQ(client_.error_of(ask(0)), kInvalidParams);
}

TEST_F(LanguageServerCacheTest, ARequestThatWaitsCanBeCancelled) {
  const int waiting = ask(1'000'000);
  client_.notify("$/cancelRequest", {{"id", waiting}});
  EXPECT_EQ(client_.error_of(waiting), kRequestCancelled);
}

TEST_F(LanguageServerCacheTest, NoRequestIsLeftWithoutAnAnswerAtTheEnd) {
  const int waiting = ask(1'000'000);
  client_.result_of(client_.request("shutdown", nullptr));
  EXPECT_EQ(client_.error_of(waiting), kRequestCancelled);
  EXPECT_EQ(client_.error_of(ask(0)), kInvalidRequest);
}

TEST_F(LanguageServerCacheTest, WhoFollowsADocumentIsToldWhatWasDraftedForItsCompletions) {
  const auto data = [&] {
    return client_.complete(8, InlineCompletionTriggerKind::kInvoked).at("items").at(0).at("data");
  };
  EXPECT_FALSE(data().as_object().contains("drafts"));
  whole_report();
  const json::value passes = data().at("drafts");
  EXPECT_EQ(passes.at(0).at("tokens").at(0).at("said"), true);
}

}  // namespace
}  // namespace nextline::lsp::test
