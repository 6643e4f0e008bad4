#include "lsp/language_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lsp/completion/model_host.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/lsp/client_thread.h"
#include "tests/unit/lsp/gated_backend.h"
#include "tests/unit/lsp/served_model.h"

namespace nextline::lsp::test {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

constexpr int kParseError = -32700;
constexpr int kInvalidRequest = -32600;
constexpr int kMethodNotFound = -32601;
constexpr int kInvalidParams = -32602;
constexpr int kServerNotInitialized = -32002;
constexpr int kRequestFailed = -32803;
constexpr int kRequestCancelled = -32800;

/// A client of a server with a small random model.
class LanguageServerTest : public testing::Test {
 protected:
  /// Sends a message as it stands; single quotes stand for double ones.
  void send(std::string content) {
    for (char& letter : content) letter = letter == '\'' ? '"' : letter;
    server_.receive(content);
  }
  void notify(const std::string& method, const std::string& params) {
    send("{'jsonrpc':'2.0','method':'" + method + "','params':" + params + "}");
  }
  /// Sends a request and returns its id.
  int request(const std::string& method, const std::string& params) {
    const int id = ++last_id_;
    send("{'jsonrpc':'2.0','id':" + std::to_string(id) + ",'method':'" + method +
         "','params':" + params + "}");
    return id;
  }

  /// Answers a request of the server's.
  void agree_to(const json::object& asked) {
    send("{'jsonrpc':'2.0','id':" + json::serialize(asked.at("id")) + ",'result':null}");
  }

  void initialize(const std::string& capabilities = "{}") {
    const int id = request("initialize", "{'processId':null,'capabilities':" + capabilities + "}");
    ASSERT_TRUE(answers_.contains(id));
    notify("initialized", "{}");
  }
  void open(const std::string& text, const std::string& uri = "u") {
    notify("textDocument/didOpen", "{'textDocument':{'uri':'" + uri +
                                       "','languageId':'c','version':1,'text':'" + text + "'}}");
  }
  void insert(int line, int character, const std::string& text) {
    const std::string position =
        "{'line':" + std::to_string(line) + ",'character':" + std::to_string(character) + "}";
    notify("textDocument/didChange",
           "{'textDocument':{'uri':'u','version':2},'contentChanges':[{'range':{'start':" +
               position + ",'end':" + position + "},'text':'" + text + "'}]}");
  }
  int ask(int line, int character, const std::string& more = "") {
    return request("textDocument/inlineCompletion",
                   "{'textDocument':{'uri':'u'},'position':{'line':" + std::to_string(line) +
                       ",'character':" + std::to_string(character) +
                       "},'context':{'triggerKind':1" + more + "}}");
  }

  /// The answer to a request, once it is there.
  const json::object& answer_to(int id) {
    client_.run_until([&] { return answers_.contains(id); });
    return answers_.at(id);
  }
  const json::value& result_of(int id) {
    static const json::value kNoResult = "no result";
    const auto* const result = answer_to(id).if_contains("result");
    EXPECT_NE(result, nullptr) << json::serialize(answers_.at(id));
    return result ? *result : kNoResult;
  }
  void expect_error(int id, int code, const std::string& sentence) {
    const json::value* const error = answer_to(id).if_contains("error");
    ASSERT_NE(error, nullptr) << json::serialize(answers_.at(id));
    EXPECT_EQ(error->at("code").as_int64(), code);
    EXPECT_THAT(error->at("message").as_string().c_str(), HasSubstr(sentence));
  }
  std::string insert_text(int id) {
    return result_of(id).at("items").at(0).at("insertText").as_string().c_str();
  }
  std::string completion_of(const std::string& before, const std::string& behind = "",
                            const std::string& typed = "") {
    return model_.completion_of(before, behind, typed);
  }
  int execute(const std::string& command, const std::string& arguments = "[]") {
    return request("workspace/executeCommand",
                   "{'command':'nextline." + command + "','arguments':" + arguments + "}");
  }
  std::string why_nothing() { return result_of(execute("whyNothing")).as_string().c_str(); }
  /// What has been counted today.
  json::object counts() {
    return result_of(execute("statistics")).at("today").at("total").as_object();
  }
  /// Half a minute later.
  void wait() {
    for (const auto& function : std::exchange(later_, {})) function();
  }

  void take(const Message& message) {
    const json::object object = json::parse(serialize_message(message)).as_object();
    if (std::holds_alternative<Response>(message) && object.at("id").is_int64()) {
      EXPECT_TRUE(answers_.emplace(object.at("id").as_int64(), object).second) << "answered twice";
    } else {
      sent_.push_back(object);
    }
  }

  ServedModel model_{"qwen2"};
  GatedBackend& gate_ = model_.gate();
  ClientThread client_;
  int last_id_ = 0;
  std::map<std::int64_t, json::object> answers_;
  std::vector<json::object> sent_;  // But for answers to requests that have a number.
  ModelHost host_{{.load = [this](const std::stop_token&) -> Result<Backend*> { return &gate_; },
                   .engine = {.reuse = Reuse::kCommonPrefix}}};
  CompletionService service_{host_,
                             {.max_tokens = ServedModel::kMaxTokens, .fits_suggestions = false},
                             [this](auto function) { client_.post(std::move(function)); }};
  const nextline::test::TemporaryFolder folder_;
  StatisticsStore statistics_{{folder_.path() / "statistics"}};
  std::vector<std::function<void()>> later_;
  LanguageServer server_{
      service_,
      "1.2.3",
      [this](const Message& message) { take(message); },
      {[this](auto, auto function) { later_.push_back(std::move(function)); }, &statistics_}};
};

TEST_F(LanguageServerTest, SaysWhatItCanDo) {
  const int id = request("initialize", "{'capabilities':{}}");
  const json::value& result = result_of(id);
  const json::value& capabilities = result.at("capabilities");
  EXPECT_EQ(capabilities.at("positionEncoding"), "utf-16");
  EXPECT_EQ(capabilities.at("inlineCompletionProvider"), true);
  EXPECT_EQ(capabilities.at("executeCommandProvider").at("commands").at(0), "nextline.whyNothing");
  EXPECT_EQ(capabilities.at("textDocumentSync").at("change"), 2);
  EXPECT_EQ(result.at("serverInfo").at("name"), "Nextline");
  EXPECT_EQ(result.at("serverInfo").at("version"), "1.2.3");
}

TEST_F(LanguageServerTest, ChoosesAPositionEncodingThatTheClientOffers) {
  const int id =
      request("initialize", "{'capabilities':{'general':{'positionEncodings':['utf-32']}}}");
  EXPECT_EQ(result_of(id).at("capabilities").at("positionEncoding"), "utf-32");
}

TEST_F(LanguageServerTest, CompletesInlineAndSaysWhatItTook) {
  initialize();
  open("def f():\\n");
  const json::value& item = result_of(ask(0, 8)).at("items").at(0);
  EXPECT_EQ(item.at("insertText").as_string(), completion_of("def f():", "\n"));
  EXPECT_EQ(json::serialize(item.at("range")),
            R"({"start":{"line":0,"character":8},"end":{"line":0,"character":8}})");
  const json::value& tokens = item.at("data").at("tokens");
  EXPECT_EQ(tokens.at("reused").as_int64() + tokens.at("encoded").as_int64(),
            tokens.at("prompt").as_int64());
  EXPECT_GT(item.at("data").at("timing").at("total_ms").to_number<double>(), 0);
}

TEST_F(LanguageServerTest, CompletesWhatTheEditsLeft) {
  initialize();
  open("f():\\n");
  insert(0, 0, "def ");
  insert(0, 4, "😀");
  EXPECT_EQ(insert_text(ask(0, 10)), completion_of("def 😀f():", "\n"));
}

TEST_F(LanguageServerTest, AMenuEntryReplacesTheWordAtTheCursor) {
  initialize();
  open("x = qué");
  const int id = request("textDocument/completion",
                         "{'textDocument':{'uri':'u'},'position':{'line':0,'character':7}}");
  const json::value& item = result_of(id).at("items").at(0);
  const std::string text = "qué" + completion_of("x = qué");
  EXPECT_EQ(item.at("textEdit").at("newText").as_string(), text);
  EXPECT_EQ(item.at("filterText").as_string(), text);
  EXPECT_EQ(item.at("textEdit").at("range").at("start").at("character"), 4);
  EXPECT_EQ(item.at("textEdit").at("range").at("end").at("character"), 7);
  EXPECT_TRUE(item.at("data").as_object().contains("timing"));
}

TEST_F(LanguageServerTest, AnInlineCompletionContinuesTheSelectedMenuEntry) {
  initialize();
  open("os.pa");
  const int id = ask(0, 5,
                     ",'selectedCompletionInfo':{'range':{'start':{'line':0,'character':3},"
                     "'end':{'line':0,'character':5}},'text':'path'}");
  const json::value& item = result_of(id).at("items").at(0);
  EXPECT_EQ(item.at("insertText").as_string(), "path" + completion_of("os.", "", "path"));
  EXPECT_EQ(item.at("range").at("start").at("character"), 3);
}

TEST_F(LanguageServerTest, ASupersededRequestIsAnsweredWithNullAtOnce) {
  initialize();
  open("def f():\\n");
  gate_.shut();
  const int first = ask(0, 8);
  const int second = ask(0, 3);
  ASSERT_TRUE(answers_.contains(first));
  EXPECT_EQ(answers_.at(first).at("result"), nullptr);
  insert(0, 0, "#");
  ASSERT_TRUE(answers_.contains(second));
  EXPECT_EQ(answers_.at(second).at("result"), nullptr);
}

TEST_F(LanguageServerTest, ACancelledRequestIsAnsweredAtOnce) {
  initialize();
  open("def f():\\n");
  gate_.shut();
  const int id = ask(0, 8);
  notify("$/cancelRequest", "{'id':" + std::to_string(id) + "}");
  ASSERT_TRUE(answers_.contains(id));
  expect_error(id, kRequestCancelled, "cancelled");
  notify("$/cancelRequest", "{'id':77}");
  gate_.open();
  EXPECT_EQ(insert_text(ask(0, 3)), completion_of("def", " f():\n"));
}

TEST_F(LanguageServerTest, NothingIsSuggestedAmidAWordUnlessSomebodyAsks) {
  initialize();
  open("def f():\\n");
  const int automatic = request("textDocument/inlineCompletion",
                                "{'textDocument':{'uri':'u'},'position':{'line':0,'character':1},"
                                "'context':{'triggerKind':2}}");
  EXPECT_TRUE(result_of(automatic).at("items").as_array().empty());
  EXPECT_THAT(why_nothing(), HasSubstr("amid a word"));
  EXPECT_EQ(insert_text(ask(0, 1)), completion_of("d", "ef f():\n"));
}

TEST_F(LanguageServerTest, WhoAsksGetsSeveralItemsAndOthersGetOne) {
  initialize();
  open("def f():\\n");
  const json::array& items = result_of(ask(0, 8)).at("items").as_array();
  ASSERT_EQ(items.size(), 3U);
  EXPECT_EQ(items[0].at("insertText").as_string(), completion_of("def f():", "\n"));
  EXPECT_NE(items[1].at("insertText"), items[0].at("insertText"));
  EXPECT_NE(items[2].at("insertText"), items[0].at("insertText"));
  EXPECT_NE(items[2].at("insertText"), items[1].at("insertText"));
  EXPECT_EQ(items[2].at("data").at("tokens").at("encoded"), 0);
  EXPECT_EQ(items[2].at("range"), items[0].at("range"));
  const int automatic = request("textDocument/inlineCompletion",
                                "{'textDocument':{'uri':'u'},'position':{'line':0,'character':8},"
                                "'context':{'triggerKind':2}}");
  EXPECT_EQ(result_of(automatic).at("items").as_array().size(), 1U);
}

TEST_F(LanguageServerTest, SaysWhatBecameOfTheLastRequest) {
  initialize();
  EXPECT_THAT(why_nothing(), HasSubstr("Nothing has been asked for"));
  open("def f():\\n");
  result_of(ask(0, 8));
  EXPECT_THAT(why_nothing(), HasSubstr("answered with a suggestion"));
  gate_.shut();
  ask(0, 8);
  insert(0, 0, "#");
  EXPECT_THAT(why_nothing(), HasSubstr("superseded"));
  const int id = ask(0, 8);
  notify("$/cancelRequest", "{'id':" + std::to_string(id) + "}");
  EXPECT_THAT(why_nothing(), HasSubstr("cancelled"));
  gate_.open();
}

TEST_F(LanguageServerTest, AnAcceptedItemIsFollowedAndCounted) {
  initialize();
  open("def f():\\n");
  const json::value item = result_of(ask(0, 8)).at("items").at(0);
  const std::string text = item.at("insertText").as_string().c_str();
  notify("textDocument/didShowCompletion", "{'item':" + json::serialize(item) + "}");
  const json::value& command = item.at("command");
  EXPECT_EQ(command.at("command"), "nextline.didAccept");
  EXPECT_EQ(result_of(execute("didAccept", json::serialize(command.at("arguments")))), nullptr);
  const std::string quoted = json::serialize(json::string(text));
  insert(0, 8, quoted.substr(1, quoted.size() - 2));
  wait();
  const json::object counted = counts();
  for (const char* count : {"asked", "answered", "shown", "accepted", "kept_whole"}) {
    EXPECT_EQ(counted.at(count), 1) << count;
  }
}

TEST_F(LanguageServerTest, AMenuEntryIsAcceptedByItsCommand) {
  initialize();
  open("x = qu");
  const int id = request("textDocument/completion",
                         "{'textDocument':{'uri':'u'},'position':{'line':0,'character':6}}");
  const json::value& item = result_of(id).at("items").at(0);
  EXPECT_EQ(item.at("command").at("arguments").at(0).at("id"), item.at("data").at("id"));
  execute("didAccept", json::serialize(item.at("command").at("arguments")));
  EXPECT_EQ(counts().at("accepted"), 1);
}

TEST_F(LanguageServerTest, AnItemThatIsAcceptedInPartIsCountedAndJudgedAtClosing) {
  initialize();
  open("def f():\\n");
  const json::value item = result_of(ask(0, 8)).at("items").at(0);
  notify("textDocument/didPartiallyAcceptCompletion",
         "{'item':" + json::serialize(item) + ",'acceptedLength':1}");
  notify("textDocument/didClose", "{'textDocument':{'uri':'u'}}");
  const json::object counted = counts();
  EXPECT_EQ(counted.at("accepted"), 0);
  EXPECT_EQ(counted.at("partly_accepted"), 1);
  EXPECT_EQ(counted.at("gone"), 1);
}

TEST_F(LanguageServerTest, WhatEditorsSayOfItemsIsChecked) {
  initialize();
  open("x");
  for (const char* params : {"{}", "[]", "{'item':7}", "{'item':{'data':{'id':'x'}}}",
                             "{'item':{'data':{'id':99}},'acceptedLength':5}"}) {
    notify("textDocument/didShowCompletion", params);
    notify("textDocument/didPartiallyAcceptCompletion", params);
  }
  expect_error(execute("didAccept"), kInvalidParams, "must be an object");
  expect_error(execute("didAccept", "[{}]"), kInvalidParams, "id is missing");
  EXPECT_EQ(result_of(execute("didAccept", "[{'id':99}]")), nullptr);
  EXPECT_EQ(counts().at("accepted"), 0);
  EXPECT_TRUE(sent_.empty());
}

TEST_F(LanguageServerTest, StatisticsAreErasedAtTheUsersWish) {
  initialize();
  open("def f():\\n");
  result_of(ask(0, 8));
  EXPECT_EQ(counts().at("asked"), 1);
  EXPECT_EQ(result_of(execute("eraseStatistics")).at("days"), 1);
  EXPECT_EQ(counts().at("asked"), 0);
  EXPECT_EQ(result_of(execute("eraseStatistics")).at("days"), 0);
}

TEST_F(LanguageServerTest, WhereNoStatisticsAreKeptItSaysSo) {
  LanguageServer server(service_, "", [this](const Message& message) { take(message); });
  const auto send_to = [&](int id, const std::string& method, const std::string& params) {
    server.receive(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + method +
                   R"(","params":)" + params + "}");
  };
  send_to(101, "initialize", R"({"capabilities":{}})");
  send_to(102, "workspace/executeCommand", R"({"command":"nextline.statistics"})");
  send_to(103, "workspace/executeCommand", R"({"command":"nextline.eraseStatistics"})");
  expect_error(102, kRequestFailed, "No statistics are kept");
  expect_error(103, kRequestFailed, "No statistics are kept");
}

TEST_F(LanguageServerTest, ACommandThatItDoesNotHaveIsAnError) {
  initialize();
  expect_error(request("workspace/executeCommand", "{'command':'other.command'}"), kInvalidParams,
               "no command 'other.command'");
  expect_error(request("workspace/executeCommand", "{}"), kInvalidParams, "command");
}

TEST_F(LanguageServerTest, BeforeInitializeNothingElseIsAnswered) {
  expect_error(ask(0, 0), kServerNotInitialized, "initialize");
  open("x");
  initialize();
  expect_error(ask(0, 0), kInvalidParams, "'u' is not open");
}

TEST_F(LanguageServerTest, IsInitializedOnce) {
  initialize();
  expect_error(request("initialize", "{'capabilities':{}}"), kInvalidRequest, "already");
}

TEST_F(LanguageServerTest, AfterShutdownOnlyExitIsTaken) {
  initialize();
  open("x");
  gate_.shut();
  const int waiting = ask(0, 1);
  EXPECT_EQ(result_of(request("shutdown", "null")), nullptr);
  expect_error(waiting, kRequestCancelled, "shut down");
  expect_error(ask(0, 1), kInvalidRequest, "exit");
  EXPECT_FALSE(server_.exit_status());
  notify("exit", "null");
  EXPECT_EQ(server_.exit_status(), 0);
}

TEST_F(LanguageServerTest, ExitWithoutShutdownIsNoOrderlyEnd) {
  notify("exit", "null");
  EXPECT_EQ(server_.exit_status(), 1);
}

TEST_F(LanguageServerTest, UnknownMethodsAreNamedAndUnknownNotificationsIgnored) {
  initialize();
  expect_error(request("textDocument/hover", "{}"), kMethodNotFound, "textDocument/hover");
  notify("textDocument/willSave", "{}");
  EXPECT_TRUE(sent_.empty());
}

TEST_F(LanguageServerTest, WhatIsNoMessageIsAnsweredWithoutAnId) {
  initialize();
  send("{");
  send("[1]");
  server_.receive(tl::unexpected(FramingError{{"A message was too long.", {}}, true}));
  ASSERT_EQ(sent_.size(), 3U);
  EXPECT_EQ(sent_[0].at("error").at("code"), kParseError);
  EXPECT_EQ(sent_[1].at("error").at("code"), kInvalidRequest);
  EXPECT_EQ(sent_[2].at("error").at("message"), "A message was too long.");
  EXPECT_EQ(sent_[2].at("id"), nullptr);
}

TEST_F(LanguageServerTest, WrongParamsNameTheField) {
  initialize();
  expect_error(request("textDocument/inlineCompletion", "{'textDocument':{'uri':7}}"),
               kInvalidParams, "params.textDocument.uri");
}

TEST_F(LanguageServerTest, AnIdThatIsWaitingIsNotTakenAgain) {
  initialize();
  open("x");
  gate_.shut();
  const int id = ask(0, 1);
  --last_id_;
  // The answer to the first request bears the same id, so it must not come yet.
  ask(0, 0);
  expect_error(id, kInvalidRequest, "waiting");
}

TEST_F(LanguageServerTest, AChangeThatCannotBeFollowedIsToldAndHealedByAWholeText) {
  initialize();
  open("def f():");
  notify("textDocument/didChange",
         "{'textDocument':{'uri':'u','version':2},'contentChanges':[{'range':{"
         "'start':{'line':0,'character':3},'end':{'line':0,'character':1}},'text':''}]}");
  ASSERT_EQ(sent_.size(), 1U);
  EXPECT_EQ(sent_[0].at("method"), "window/showMessage");
  expect_error(ask(0, 3), kRequestFailed, "could not be followed");
  notify("textDocument/didChange",
         "{'textDocument':{'uri':'u','version':3},'contentChanges':[{'text':'class A:'}]}");
  EXPECT_EQ(insert_text(ask(0, 8)), completion_of("class A:"));
}

TEST_F(LanguageServerTest, ADocumentOpenedTwiceKeepsItsText) {
  initialize();
  open("def f():");
  open("other");
  EXPECT_EQ(server_.document("u")->text().bytes(), "def f():");
}

TEST_F(LanguageServerTest, ShowsHowFarTheModelIsWhereTheClientCan) {
  server_.show({"Fetching", 10});
  initialize("{'window':{'workDoneProgress':true}}");
  ASSERT_EQ(sent_.size(), 1U);
  EXPECT_EQ(sent_[0].at("method"), "window/workDoneProgress/create");
  server_.show({"Fetching", 40});
  ASSERT_EQ(sent_.size(), 1U);  // There is no place for it yet.
  agree_to(sent_[0]);
  server_.show({"Fetching", 80});
  server_.show({"Ready", std::nullopt, true});
  ASSERT_EQ(sent_.size(), 4U);
  const auto value = [&](std::size_t index) { return sent_[index].at("params").at("value"); };
  EXPECT_EQ(value(1).at("kind"), "begin");
  EXPECT_EQ(value(1).at("percentage"), 40);
  EXPECT_EQ(value(2).at("kind"), "report");
  EXPECT_EQ(value(3).at("kind"), "end");
}

TEST_F(LanguageServerTest, ShowsTheReadingOfAHistoryBesideTheModel) {
  initialize("{'window':{'workDoneProgress':true}}");
  server_.show({"Loading", 10});
  server_.show_history({"Reading", 20});
  ASSERT_EQ(sent_.size(), 2U);
  EXPECT_NE(sent_[0].at("id"), sent_[1].at("id"));
  agree_to(sent_[1]);
  ASSERT_EQ(sent_.size(), 3U);
  EXPECT_EQ(sent_[2].at("params").at("token"), "nextline/history");
  EXPECT_EQ(sent_[2].at("params").at("value").at("message"), "Reading");
  agree_to(sent_[0]);
  ASSERT_EQ(sent_.size(), 4U);
  EXPECT_EQ(sent_[3].at("params").at("value").at("message"), "Loading");
}

TEST_F(LanguageServerTest, ASavedDocumentIsCompletedAsBefore) {
  initialize();
  notify("textDocument/didSave", "{'textDocument':{'uri':'u'}}");  // It is not open.
  notify("textDocument/didSave", "{}");
  open("def f():");
  notify("textDocument/didSave", "{'textDocument':{'uri':'u'}}");
  EXPECT_EQ(insert_text(ask(0, 8)), completion_of("def f():"));
  EXPECT_TRUE(sent_.empty());
}

TEST_F(LanguageServerTest, ShowsNoProgressToAClientThatCannotOrWillNot) {
  server_.show({"Fetching", 10});
  initialize();
  server_.show({"Fetching", 20});
  EXPECT_TRUE(sent_.empty());
}

TEST_F(LanguageServerTest, AnErrorWaitsUntilTheClientIsReady) {
  server_.show_error("The disk is full.");
  EXPECT_TRUE(sent_.empty());
  initialize();
  ASSERT_EQ(sent_.size(), 1U);
  EXPECT_EQ(sent_[0].at("params").at("message"), "The disk is full.");
}

}  // namespace
}  // namespace nextline::lsp::test
