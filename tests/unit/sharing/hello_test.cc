#include "server/sharing/hello.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "engine/disk/file_descriptor.h"
#include "lsp/protocol/framing.h"
#include "lsp/protocol/message.h"
#include "server/transport/attachment.h"

namespace nextline::server {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// A pair of sockets whose one end has answered before it was asked.
class Peers {
 public:
  Peers() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    client_ = FileDescriptor(ends[0]);
    server_ = FileDescriptor(ends[1]);
  }
  void answer(const std::string& bytes) {
    EXPECT_EQ(::write(server_.get(), bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }
  HelloOutcome hello(std::chrono::milliseconds patience = 10s) {
    return say_hello(client_.get(), "1.2.3", {"serve", "--stdio"}, patience, {});
  }
  int client() const { return client_.get(); }
  int server() const { return server_.get(); }
  void end_server() { server_ = FileDescriptor(); }

 private:
  FileDescriptor client_;
  FileDescriptor server_;
};

TEST(Hello, SaysWhoItIsAndIsLetIn) {
  Peers peers;
  peers.answer(
      lsp::framed(R"({"jsonrpc":"2.0","id":1,"result":{"protocol":1,"version":"1.2.3"}})"));
  EXPECT_TRUE(peers.hello().is_attached);
  std::string said(1000, '\0');
  said.resize(static_cast<std::size_t>(::read(peers.server(), said.data(), said.size())));
  EXPECT_EQ(said,
            lsp::framed(lsp::serialize_message(lsp::Request{
                1, kAttachMethod, to_json(Attachment{1, "1.2.3", "", {"serve", "--stdio"}})})));
}

TEST(Hello, LeavesWhatFollowsToTheClient) {
  Peers peers;
  peers.answer(lsp::framed(R"({"jsonrpc":"2.0","id":1,"result":{"protocol":1}})"));
  EXPECT_TRUE(peers.hello().is_attached);
  peers.answer("more");
  char next[8];
  EXPECT_EQ(::read(peers.client(), next, sizeof(next)), 4);
}

TEST(Hello, IsRefusedWithASentence) {
  Peers peers;
  peers.answer(lsp::framed(R"({"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"Too old."}})"));
  const HelloOutcome outcome = peers.hello();
  EXPECT_FALSE(outcome.is_attached || outcome.has_ended);
  EXPECT_EQ(outcome.refusal, "Too old.");
}

TEST(Hello, AServerThatEndsIsToldApart) {
  Peers peers;
  peers.end_server();
  EXPECT_TRUE(peers.hello().has_ended);
}

TEST(Hello, AServerThatSaysAnythingElseIsNoServer) {
  for (const std::string& bytes :
       {lsp::framed("{}"), lsp::framed("nonsense"), std::string("HTTP/1.1 400\r\n\r\n"),
        lsp::framed(R"({"jsonrpc":"2.0","id":1,"result":7})"),
        lsp::framed(R"({"jsonrpc":"2.0","id":1,"result":{"protocol":2}})")}) {
    SCOPED_TRACE(bytes);
    Peers peers;
    peers.answer(bytes);
    const HelloOutcome outcome = peers.hello();
    EXPECT_FALSE(outcome.is_attached || outcome.has_ended);
    EXPECT_NE(outcome.refusal, "");
  }
}

TEST(Hello, AServerThatSaysNothingIsNotWaitedForForever) {
  Peers peers;
  EXPECT_THAT(peers.hello(1ms).refusal, HasSubstr("does not answer"));
}

}  // namespace
}  // namespace nextline::server
