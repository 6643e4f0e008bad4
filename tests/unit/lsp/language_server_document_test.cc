// A client looks whether the server has its text.

#include <gtest/gtest.h>

#include <string>

#include "engine/disk/sha256.h"
#include "tests/unit/lsp/language_client.h"

namespace nextline::lsp::test {
namespace {

constexpr std::int64_t kInvalidParams = -32602;
constexpr std::int64_t kRequestFailed = -32803;

class LanguageServerDocumentTest : public testing::Test {
 protected:
  LanguageServerDocumentTest() { client_.initialize(); }

  int ask() { return client_.request("nextline/document", {{"textDocument", {{"uri", kUri}}}}); }
  /// In the first line.
  void replace(int first, int last, const std::string& text, int version) {
    client_.notify("textDocument/didChange",
                   {{"textDocument", {{"uri", kUri}, {"version", version}}},
                    {"contentChanges",
                     {{{"range",
                        {{"start", {{"line", 0}, {"character", first}}},
                         {"end", {{"line", 0}, {"character", last}}}}},
                       {"text", text}}}}});
  }
  static json::value facts_of(const std::string& text, int version) {
    return {{"version", version},
            {"bytes", text.size()},
            {"hash", sha256(std::as_bytes(std::span(text))).value()}};
  }

  static constexpr const char* kUri = "file:///w/a.py";
  LanguageClient client_;
};

TEST_F(LanguageServerDocumentTest, TellsOfTheTextThatTheChangesBeforeTheRequestHaveMade) {
  client_.open("größe = 1\n");
  EXPECT_EQ(client_.result_of(ask()), facts_of("größe = 1\n", 1));
  replace(8, 9, "🙂", 2);
  const int asked = ask();
  replace(0, 5, "", 3);
  EXPECT_EQ(client_.result_of(asked), facts_of("größe = 🙂\n", 2));
  EXPECT_EQ(client_.result_of(ask()), facts_of(" = 🙂\n", 3));
}

TEST_F(LanguageServerDocumentTest, TellsTheTextItselfWhereItIsWanted) {
  client_.open("größe = 1\n");
  const json::value facts = client_.result_of(client_.request(
      "nextline/document", {{"textDocument", {{"uri", kUri}}}, {"withText", true}}));
  EXPECT_EQ(facts.at("text"), "größe = 1\n");
  EXPECT_EQ(client_.result_of(ask()).as_object().if_contains("text"), nullptr);
}

TEST_F(LanguageServerDocumentTest, TellsOfNoDocumentThatIsNotOpen) {
  EXPECT_EQ(client_.error_of(ask()), kInvalidParams);
}

TEST_F(LanguageServerDocumentTest, TellsOfNoTextThatIsNotTheClients) {
  client_.open("a = 1\n");
  replace(4, 2, "b", 2);  // It ends before it starts, so nothing can be made of it.
  EXPECT_EQ(client_.error_of(ask()), kRequestFailed);
}

}  // namespace
}  // namespace nextline::lsp::test
