#pragma once

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "lsp/completion/model_host.h"
#include "lsp/language_server.h"
#include "tests/unit/lsp/client_thread.h"
#include "tests/unit/lsp/gated_backend.h"
#include "tests/unit/lsp/served_model.h"

namespace nextline::lsp::test {

namespace json = boost::json;

/// A client of a language server with a small random model, which it drives on the test's thread.
/// What the server asks of it waits until the test answers.
class LanguageClient {
 public:
  explicit LanguageClient(DocumentLimits limits = {}) : room_(limits) {}

  void notify(const std::string& method, json::value params) {
    receive(Notification{method, std::move(params)});
  }
  /// Sends a request and returns its id.
  int request(const std::string& method, json::value params) {
    receive(Request{std::int64_t{++last_id_}, method, std::move(params)});
    return last_id_;
  }
  void initialize(const json::value& capabilities = json::object(), json::object more = {}) {
    more["capabilities"] = capabilities;
    about_ = result_of(request("initialize", std::move(more)));
    notify("initialized", json::object());
  }
  void open(const std::string& text, const std::string& uri = "file:///w/a.py") {
    notify("textDocument/didOpen",
           {{"textDocument",
             {{"uri", uri}, {"languageId", "python"}, {"version", 1}, {"text", text}}}});
  }
  /// Asks for ghost text in the first line.
  json::value complete(int character, InlineCompletionTriggerKind kind,
                       const std::string& uri = "file:///w/a.py") {
    return result_of(request("textDocument/inlineCompletion",
                             {{"textDocument", {{"uri", uri}}},
                              {"position", {{"line", 0}, {"character", character}}},
                              {"context", {{"triggerKind", static_cast<int>(kind)}}}}));
  }
  /// Whether something is suggested, asked for or not.
  bool suggests(InlineCompletionTriggerKind kind, const std::string& uri = "file:///w/a.py") {
    return !complete(8, kind, uri).at("items").as_array().empty();
  }
  std::int64_t generated_tokens() {
    const json::value result = complete(8, InlineCompletionTriggerKind::kInvoked);
    return result.at("items").at(0).at("data").at("tokens").at("generated").as_int64();
  }
  std::string why_nothing() {
    return result_of(request("workspace/executeCommand", {{"command", "nextline.whyNothing"}}))
        .as_string()
        .c_str();
  }

  /// The answer to a request, once it is there.
  json::value result_of(int id) {
    thread_.run_until([&] { return answers_.contains(id); });
    const json::value* const result = answers_.at(id).if_contains("result");
    EXPECT_NE(result, nullptr) << json::serialize(answers_.at(id));
    return result ? *result : json::value();
  }

  /// Whether a request has been answered, without waiting for it.
  bool is_answered(int id) const { return answers_.contains(id); }

  /// The code of the error that answers a request.
  std::int64_t error_of(int id) {
    thread_.run_until([&] { return answers_.contains(id); });
    const json::value* const error = answers_.at(id).if_contains("error");
    EXPECT_NE(error, nullptr) << json::serialize(answers_.at(id));
    return error ? error->at("code").as_int64() : 0;
  }

  /// What the server has sent of its own so far.
  const std::vector<json::object>& sent() const { return sent_; }
  std::vector<json::object> sent(const std::string& method) const {
    std::vector<json::object> found;
    for (const json::object& message : sent_) {
      if (message.at("method") == json::string(method)) found.push_back(message);
    }
    return found;
  }
  /// Answers the request of this method that the server has sent last.
  void answer(const std::string& method, json::value result) {
    receive(Response{id_of_last(method), std::move(result)});
  }
  void refuse(const std::string& method) {
    receive(error_response(id_of_last(method), ErrorCode::kMethodNotFound, "No."));
  }

  const json::value& about() const { return about_; }
  ServedModel& model() { return model_; }

 private:
  void receive(const Message& message) { server_.receive(serialize_message(message)); }

  void take(const Message& message) {
    const json::object object = json::parse(serialize_message(message)).as_object();
    if (std::holds_alternative<Response>(message)) {
      EXPECT_TRUE(answers_.emplace(object.at("id").as_int64(), object).second) << "answered twice";
    } else {
      sent_.push_back(object);
    }
  }

  RequestId id_of_last(const std::string& method) const {
    return request_id_from_json(sent(method).back().at("id")).value();
  }

  ServedModel model_{"qwen2"};
  ClientThread thread_;
  int last_id_ = 0;
  json::value about_;
  std::map<std::int64_t, json::object> answers_;
  std::vector<json::object> sent_;
  ModelHost host_{
      {.load = [this](const std::stop_token&) -> Result<Backend*> { return &model_.gate(); },
       .engine = {.reuse = Reuse::kCommonPrefix}}};
  CompletionService service_{host_,
                             {.max_tokens = ServedModel::kMaxTokens, .fits_suggestions = false},
                             [this](auto function) { thread_.post(std::move(function)); }};
  DocumentRoom room_;
  LanguageServer server_{service_, "1.2.3", [this](const Message& message) { take(message); },
                         {},       {},      room_};
};

}  // namespace nextline::lsp::test
