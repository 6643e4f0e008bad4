#include "lsp/protocol/message.h"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <string>

namespace nextline::lsp {
namespace {

namespace json = boost::json;

/// The error that is to be sent for a message that cannot be read.
Response refusal(std::string_view content) {
  auto message = parse_message(content);
  if (!message) return message.error();
  ADD_FAILURE() << content << " was read";
  return {{}, nullptr};
}

ErrorCode code_of(const Response& response) { return response.outcome.error().code; }

TEST(Message, ReadsRequestsNotificationsAndResponses) {
  const json::value params = {{"a", 1}};
  EXPECT_EQ(parse_message(R"({"jsonrpc":"2.0","id":7,"method":"m","params":{"a":1}})").value(),
            Message(Request{RequestId(7), "m", params}));
  EXPECT_EQ(parse_message(R"({"jsonrpc":"2.0","method":"m","params":{"a":1}})").value(),
            Message(Notification{"m", params}));
  EXPECT_EQ(parse_message(R"({"jsonrpc":"2.0","id":"x","result":{"a":1}})").value(),
            Message(Response{RequestId("x"), params}));
  EXPECT_EQ(
      parse_message(R"({"jsonrpc":"2.0","id":7,"error":{"code":-32800,"message":"s"}})").value(),
      Message(error_response(RequestId(7), ErrorCode::kRequestCancelled, "s")));
}

TEST(Message, ReadsIdsOfEachKind) {
  const auto id_of = [](const std::string& id) {
    return std::get<Request>(*parse_message(R"({"jsonrpc":"2.0","method":"m","id":)" + id + "}"))
        .id;
  };
  EXPECT_EQ(id_of("-3"), RequestId(-3));
  EXPECT_EQ(id_of("7.0"), RequestId(7));
  EXPECT_EQ(id_of("\"7\""), RequestId("7"));
  EXPECT_EQ(id_of("null"), RequestId());
}

TEST(Message, TakesNullForLeftOutWhereClientsWriteIt) {
  EXPECT_EQ(parse_message(R"({"jsonrpc":"2.0","id":1,"method":"shutdown","params":null})").value(),
            Message(Request{RequestId(1), "shutdown", nullptr}));
  EXPECT_EQ(parse_message(R"({"jsonrpc":"2.0","id":1,"result":null,"error":null})").value(),
            Message(Response{RequestId(1), json::value(nullptr)}));
}

TEST(Message, AnswersWhatIsNoJsonWithParseErrorAndNoId) {
  for (const std::string content : {"", "{", "\xFF", "{\"id\":1"}) {
    EXPECT_EQ(code_of(refusal(content)), ErrorCode::kParseError);
    EXPECT_EQ(refusal(content).id, RequestId());
  }
}

TEST(Message, RefusesWhatIsNoMessage) {
  for (const std::string content :
       {"1", "\"a\"", "null", "{}", R"({"method":"m"})", R"({"jsonrpc":"1.0","method":"m"})",
        R"({"jsonrpc":2.0,"method":"m"})", R"({"jsonrpc":"2.0"})",
        R"({"jsonrpc":"2.0","result":1})", R"({"jsonrpc":"2.0","method":1})",
        R"({"jsonrpc":"2.0","method":"m","id":1.5})",
        R"({"jsonrpc":"2.0","method":"m","id":18446744073709551615})",
        R"({"jsonrpc":"2.0","method":"m","id":{}})", R"({"jsonrpc":"2.0","method":"m","params":1})",
        R"({"jsonrpc":"2.0","id":1})", R"({"jsonrpc":"2.0","id":1,"result":1,"error":{}})",
        R"({"jsonrpc":"2.0","id":1,"error":1})", R"({"jsonrpc":"2.0","id":1,"error":{"code":1}})",
        R"({"jsonrpc":"2.0","id":1,"error":{"code":"1","message":""}})"}) {
    EXPECT_EQ(code_of(refusal(content)), ErrorCode::kInvalidRequest) << content;
    EXPECT_FALSE(refusal(content).outcome.error().message.empty());
  }
}

TEST(Message, RefusesBatches) {
  EXPECT_EQ(code_of(refusal(R"([{"jsonrpc":"2.0","method":"m"}])")), ErrorCode::kInvalidRequest);
  EXPECT_EQ(code_of(refusal("[]")), ErrorCode::kInvalidRequest);
}

TEST(Message, RefusesARequestUnderItsId) {
  EXPECT_EQ(refusal(R"({"jsonrpc":"2.0","id":5,"method":"m","params":"p"})").id, RequestId(5));
  EXPECT_EQ(refusal(R"({"id":"x","method":"m"})").id, RequestId("x"));
}

TEST(Message, WritesWhatItReads) {
  const json::value value = {{"text", "line\n\xED\xA0\xBD"}, {"n", {1, -2, nullptr, true}}};
  const ResponseError error = {ErrorCode::kContentModified, "The text changed.", value};
  for (const Message& message :
       {Message(Request{RequestId(1), "a/b", value}), Message(Request{RequestId("x"), "m"}),
        Message(Request{RequestId(), "m"}), Message(Notification{"m", value}),
        Message(Notification{"exit"}), Message(Response{RequestId(1), value}),
        Message(Response{RequestId(1), json::value(nullptr)}),
        Message(Response{RequestId(), tl::unexpected(error)})}) {
    const auto again = parse_message(serialize_message(message));
    ASSERT_TRUE(again) << serialize_message(message);
    EXPECT_EQ(*again, message) << serialize_message(message);
  }
}

TEST(Message, AnIdIsOfBoundedLength) {
  const auto request = [](std::size_t bytes) {
    return R"({"jsonrpc":"2.0","method":"m","id":")" + std::string(bytes, 'i') + R"("})";
  };
  EXPECT_TRUE(parse_message(request(256)));
  EXPECT_EQ(code_of(refusal(request(257))), ErrorCode::kInvalidRequest);
  EXPECT_EQ(refusal(request(257)).id, RequestId());
}

}  // namespace
}  // namespace nextline::lsp
