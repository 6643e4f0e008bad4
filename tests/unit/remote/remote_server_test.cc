#include "server/remote/remote_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace nextline::remote {
namespace {

using testing::HasSubstr;
using testing::Not;

Result<RemoteServer> look_at(RemoteOptions options, const char* token = nullptr) {
  if (options.model.empty()) options.model = "Qwen2.5-Coder-7B";
  return remote_server(options, [token](const char* name) {
    return std::string(name) == "TOKEN" ? token : nullptr;
  });
}

std::string address(const std::string& url, Protocol protocol = Protocol::kOpenAi) {
  const auto server = look_at({.url = url, .protocol = protocol});
  return server ? server->address : server.error().message;
}

std::string problem(const RemoteOptions& options, const char* token = nullptr) {
  const auto server = look_at(options, token);
  return server ? "none" : server.error().message;
}

TEST(RemoteServer, RequestsGoToThePathOfTheProtocol) {
  EXPECT_EQ(address("https://host"), "https://host/v1/completions");
  EXPECT_EQ(address("https://host:8000/"), "https://host:8000/v1/completions");
  EXPECT_EQ(address("https://host/v1"), "https://host/v1/completions");
  EXPECT_EQ(address("https://host/team/v1/"), "https://host/team/v1/completions");
  EXPECT_EQ(address("https://host/v1/completions"), "https://host/v1/completions");
  EXPECT_EQ(address("https://host", Protocol::kInfill), "https://host/infill");
  EXPECT_EQ(address("https://host/llama", Protocol::kInfill), "https://host/llama/infill");
}

TEST(RemoteServer, PlainTextStaysOnThisMachine) {
  EXPECT_EQ(problem({.url = "http://localhost:8000"}), "none");
  EXPECT_EQ(problem({.url = "http://127.0.0.1:8000"}), "none");
  EXPECT_EQ(problem({.url = "http://[::1]:8000"}), "none");
  for (const char* const url : {"http://host", "http://127.0.0.1.host", "http://localhost.host",
                                "http://10.0.0.1", "http://[fe80::1]"}) {
    EXPECT_THAT(problem({.url = url}), HasSubstr("--remote-insecure")) << url;
    EXPECT_EQ(problem({.url = url, .is_insecure = true}), "none") << url;
  }
}

TEST(RemoteServer, ATokenIsNeverSentInPlainTextToAnotherMachine) {
  const RemoteOptions options{.url = "http://host", .token_variable = "TOKEN", .is_insecure = true};
  EXPECT_THAT(problem(options, "secret"), HasSubstr("A token is not sent over plain http"));
}

TEST(RemoteServer, TheTokenIsTheVariablesValue) {
  const RemoteOptions options{.url = "https://host", .token_variable = "TOKEN"};
  EXPECT_EQ(look_at(options, "abc")->token, "abc");
  EXPECT_THAT(problem(options),
              HasSubstr("TOKEN, which --remote-token-variable names, is not set"));
  EXPECT_THAT(problem(options, ""), HasSubstr("is not set"));
  EXPECT_THAT(problem(options, "two\r\nX-Header: lines"), HasSubstr("is no token"));
  EXPECT_THAT(problem(options, "two\nlines"), Not(HasSubstr("lines")));
}

TEST(RemoteServer, AnAddressHoldsNoSecretAndNoneIsShown) {
  for (const char* const url :
       {"https://user:word@host", "https://host/?key=word", "https://host/#word"}) {
    EXPECT_THAT(problem({.url = url}), HasSubstr("must have no user, password")) << url;
    EXPECT_THAT(problem({.url = url}), Not(HasSubstr("word@"))) << url;
  }
  EXPECT_THAT(problem({.url = "ftp://host"}), HasSubstr("must begin with https://"));
  EXPECT_THAT(problem({.url = "host:8000"}), HasSubstr("must begin with https://"));
  EXPECT_THAT(problem({.url = "https://"}), HasSubstr("must begin with https://"));
}

TEST(RemoteServer, OptionsWithoutAServerAreAMistake) {
  EXPECT_THAT(problem({.model = "m"}), HasSubstr("--remote does not say where it is"));
}

TEST(RemoteServer, AModelThatDoesNotSayItNeedsATemplate) {
  EXPECT_THAT(problem({.url = "https://host", .model = "ours"}), HasSubstr("--remote-template"));
  EXPECT_EQ(problem({.url = "https://host", .model = "ours", .prompt_template = "suffix"}), "none");
  EXPECT_EQ(problem({.url = "https://host", .protocol = Protocol::kInfill, .model = "ours"}),
            "none");
}

TEST(RemoteServer, CertificatesMustBeReadable) {
  EXPECT_THAT(problem({.url = "https://host", .ca_file = "/there/is/none.pem"}),
              HasSubstr("/there/is/none.pem, which --remote-ca names, cannot be read"));
}

}  // namespace
}  // namespace nextline::remote
