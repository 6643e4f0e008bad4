#include "server/remote/remote_generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/remote/scripted_server.h"

namespace nextline::remote {
namespace {

using test::ScriptedServer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using Socket = ScriptedServer::Socket;
using State = RemoteGenerator::Health::State;

/// What came of a generation.
class Sink final : public lsp::TextSink {
 public:
  /// Wants `most` pieces.
  explicit Sink(int most = 1000) : most_(most) {}

  bool take(const lsp::TextPiece& piece) override {
    text_ += piece.text;
    if (--most_ > 0) return true;
    finished_.set_value("enough");
    return false;
  }
  void end(const Result<FinishReason>& reason) override {
    finished_.set_value(reason ? std::string(name_of(*reason)) : reason.error().message);
  }
  /// How it ended.
  std::string wait() { return finished_.get_future().get(); }
  const std::string& text() const { return text_; }

 private:
  int most_;
  std::string text_;
  std::promise<std::string> finished_;
};

struct Counts final : RemoteObserver {
  void request_sent() override { ++sent; }
  void request_retried() override { ++retried; }
  void request_failed() override { ++failed; }
  void request_cancelled() override { ++cancelled; }
  void answer_begun(double) override { ++begun; }
  std::atomic<int> sent = 0, retried = 0, failed = 0, cancelled = 0, begun = 0;
};

class RemoteGeneratorTest : public testing::Test {
 protected:
  void SetUp() override { start({}); }

  void start(RemoteOptions options, const std::string& token = "") {
    options.url = server_.url();
    options.model = "m";
    options.prompt_template = "plain";
    if (!token.empty()) options.token_variable = "TOKEN";
    auto usable = remote_server(options, [&](const char*) { return token.c_str(); });
    ASSERT_TRUE(usable) << usable.error().message;
    generator_.reset();
    generator_ = std::make_unique<RemoteGenerator>(
        *usable, Choice{},
        [this](const std::string& sentence) {
          const std::lock_guard lock(mutex_);
          warnings_.push_back(sentence);
        },
        &counts_);
  }

  /// How a generation ends, and with which text.
  std::string generate() {
    const auto sink = std::make_shared<Sink>();
    const auto generation = generator_->generate({.before = "a"}, sink, {});
    const std::string end = sink->wait();
    return sink->text() + "|" + end;
  }
  static std::string ended(std::string text, FinishReason reason) {
    return text.append("|").append(name_of(reason));
  }

  /// Answers the next request with one piece.
  void answer_well() {
    server_.then([](Socket& socket) {
      ScriptedServer::say(socket,
                          ScriptedServer::stream_head() + ScriptedServer::event("b", "\"stop\""));
    });
  }
  void answer(const std::string& bytes) {
    server_.then([bytes](Socket& socket) { ScriptedServer::say(socket, bytes); });
  }

  std::vector<std::string> warnings() {
    const std::lock_guard lock(mutex_);
    return warnings_;
  }

  ScriptedServer server_;
  Counts counts_;
  std::mutex mutex_;
  std::vector<std::string> warnings_;
  std::unique_ptr<RemoteGenerator> generator_;
};

TEST_F(RemoteGeneratorTest, GivesTheTextAsItComes) {
  answer(ScriptedServer::stream_head() + ScriptedServer::event("b") + ScriptedServer::event("c") +
         ScriptedServer::event("", "\"length\""));
  EXPECT_EQ(generate(), ended("bc", FinishReason::kTokenLimit));
  EXPECT_EQ(generator_->health().state, State::kAnswers);
  EXPECT_EQ(counts_.sent, 1);
  EXPECT_EQ(counts_.begun, 1);
}

TEST_F(RemoteGeneratorTest, SendsTheTokenAndNothingBesideTheRequest) {
  start({}, "secret-token");
  answer_well();
  generate();
  const std::string request = server_.requests().front();
  EXPECT_THAT(request, HasSubstr("POST /v1/completions HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nAuthorization: Bearer secret-token\r\n"));
  EXPECT_TRUE(request.ends_with(
      R"({"model":"m","prompt":"a","max_tokens":64,"temperature":0,"stream":true,"logprobs":1})"))
      << request;
}

TEST_F(RemoteGeneratorTest, TheTokenIsNotToldThoughTheServerRepeatsIt) {
  start({}, "secret-token");
  answer(ScriptedServer::head(401) + R"({"error":{"message":"Bad key secret-token."}})");
  EXPECT_THAT(generate(), testing::EndsWith("/v1/completions answers with HTTP status 401."));
  EXPECT_THAT(warnings().front(), Not(HasSubstr("secret-token")));
}

TEST_F(RemoteGeneratorTest, AskingWaitsForThePause) {
  const auto sink = std::make_shared<Sink>();
  const auto not_before = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
  std::chrono::steady_clock::time_point asked;
  server_.then([&](Socket& socket) {
    asked = std::chrono::steady_clock::now();
    ScriptedServer::say(socket,
                        ScriptedServer::stream_head() + ScriptedServer::event("b", "\"stop\""));
  });
  const auto generation = generator_->generate({.before = "a", .not_before = not_before}, sink, {});
  sink->wait();
  EXPECT_GE(asked, not_before);
}

TEST_F(RemoteGeneratorTest, WhatIsStoppedInThePauseIsNeverSent) {
  std::stop_source stop;
  const auto generation = generator_->generate(
      {.before = "a", .not_before = std::chrono::steady_clock::now() + std::chrono::hours(1)},
      std::make_shared<Sink>(), stop.get_token());
  stop.request_stop();
  answer_well();
  generate();
  EXPECT_THAT(server_.requests(), SizeIs(1));
  EXPECT_EQ(counts_.cancelled, 1);
}

TEST_F(RemoteGeneratorTest, StoppingClosesTheConnection) {
  std::promise<void> closed;
  server_.then([&](Socket& socket) {
    ScriptedServer::say(socket, ScriptedServer::stream_head() + ScriptedServer::event("b"));
    ScriptedServer::wait_for_end(socket);
    closed.set_value();
  });
  std::stop_source stop;
  const auto sink = std::make_shared<Sink>();
  const auto generation = generator_->generate({.before = "a"}, sink, stop.get_token());
  server_.wait_for_requests(1);
  stop.request_stop();
  closed.get_future().get();
  answer_well();
  EXPECT_EQ(generate(), ended("b", FinishReason::kEndOfText));
  EXPECT_EQ(counts_.cancelled, 1);
  EXPECT_EQ(counts_.failed, 0);
}

TEST_F(RemoteGeneratorTest, WhoGoesClosesTheConnectionAndHearsNothingMore) {
  std::promise<void> closed;
  server_.then([&](Socket& socket) {
    ScriptedServer::wait_for_end(socket);
    closed.set_value();
  });
  auto generation = generator_->generate({.before = "a"}, std::make_shared<Sink>(), {});
  server_.wait_for_requests(1);
  generation.reset();
  closed.get_future().get();
}

TEST_F(RemoteGeneratorTest, WhatIsEnoughClosesTheConnection) {
  std::promise<void> closed;
  server_.then([&](Socket& socket) {
    ScriptedServer::say(socket, ScriptedServer::stream_head() + ScriptedServer::event("b"));
    ScriptedServer::wait_for_end(socket);
    closed.set_value();
  });
  const auto sink = std::make_shared<Sink>(1);
  const auto generation = generator_->generate({.before = "a"}, sink, {});
  EXPECT_EQ(sink->wait(), "enough");
  closed.get_future().get();
}

TEST_F(RemoteGeneratorTest, ABusyServerIsAskedAgain) {
  answer(ScriptedServer::head(503, "Retry-After: 0\r\nContent-Length: 0\r\n"));
  answer_well();
  EXPECT_EQ(generate(), ended("b", FinishReason::kEndOfText));
  EXPECT_EQ(counts_.sent, 2);
  EXPECT_EQ(counts_.retried, 1);
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(RemoteGeneratorTest, OneThatIsBusyForLongIsNot) {
  answer(ScriptedServer::head(429, "Retry-After: 60\r\nContent-Length: 0\r\n"));
  EXPECT_THAT(generate(), HasSubstr("answers with HTTP status 429."));
  EXPECT_EQ(counts_.sent, 1);
  EXPECT_THAT(generate(), HasSubstr("answers with HTTP status 429."));
  EXPECT_EQ(counts_.sent, 1) << "it was not left alone";
}

TEST_F(RemoteGeneratorTest, NothingIsSentAgainOnceSomeOfItHasCome) {
  answer(ScriptedServer::stream_head() + ScriptedServer::event("b"));
  EXPECT_THAT(generate(),
              testing::AllOf(testing::StartsWith("b|"), HasSubstr("broke its answer off")));
  EXPECT_THAT(server_.requests(), SizeIs(1));
  EXPECT_EQ(counts_.failed, 1);
}

TEST_F(RemoteGeneratorTest, ARedirectIsNotFollowed) {
  start({}, "secret-token");
  ScriptedServer other;
  answer(ScriptedServer::head(307, "Location: " + other.url() + "\r\nContent-Length: 0\r\n"));
  EXPECT_THAT(generate(), HasSubstr("redirects to another address"));
  EXPECT_THAT(other.requests(), IsEmpty());
}

TEST_F(RemoteGeneratorTest, AnAnswerThatDoesNotBeginInTimeIsNotWaitedFor) {
  start({.first_piece = std::chrono::seconds(1)});
  server_.then([](Socket& socket) { ScriptedServer::wait_for_end(socket); });
  EXPECT_THAT(generate(), HasSubstr("did not begin to answer within 1 s."));
}

TEST_F(RemoteGeneratorTest, NorOneThatDoesNotEnd) {
  start({.first_piece = std::chrono::seconds(1), .whole = std::chrono::seconds(2)});
  server_.then([](Socket& socket) {
    ScriptedServer::say(socket, ScriptedServer::stream_head() + ScriptedServer::event("b"));
    ScriptedServer::wait_for_end(socket);
  });
  EXPECT_THAT(generate(), HasSubstr("did not end its answer within 2 s."));
}

TEST_F(RemoteGeneratorTest, GarbageIsAFailureAndNoReasonToRest) {
  answer(ScriptedServer::stream_head() + "data: nonsense\n\n");
  EXPECT_THAT(generate(), HasSubstr("gives no usable answer. The answer is no JSON."));
  answer_well();
  EXPECT_EQ(generate(), ended("b", FinishReason::kEndOfText));
}

TEST_F(RemoteGeneratorTest, EndlessHeadersAreNotRead) {
  server_.then([](Socket& socket) {
    ScriptedServer::say(socket, "HTTP/1.1 200 OK\r\n");
    const std::string field = "X-Field: " + std::string(1000, 'x') + "\r\n";
    for (int i = 0; i < 1000; ++i) ScriptedServer::say(socket, field);
  });
  EXPECT_THAT(generate(), testing::StartsWith("|The remote engine at "));
}

TEST_F(RemoteGeneratorTest, UsersAreToldOnceUntilItAnswersAgain) {
  answer(ScriptedServer::stream_head() + "data: nonsense\n\n");
  answer(ScriptedServer::stream_head() + "data: nonsense\n\n");
  generate();
  generate();
  EXPECT_THAT(warnings(), SizeIs(1));
  EXPECT_EQ(generator_->health().state, State::kFails);
  answer_well();
  generate();
  EXPECT_EQ(generator_->health().state, State::kAnswers);
  EXPECT_EQ(generator_->health().failure, "");
  answer(ScriptedServer::stream_head() + "data: nonsense\n\n");
  generate();
  EXPECT_THAT(warnings(), SizeIs(2));
}

TEST_F(RemoteGeneratorTest, AServerThatIsNotThereIsLeftAloneAndFoundAgain) {
  std::string url;
  {
    ScriptedServer gone;
    url = gone.url();
  }
  RemoteOptions options{.url = url, .model = "m", .prompt_template = "plain"};
  const auto usable = remote_server(options, [](const char*) { return nullptr; });
  ASSERT_TRUE(usable);
  generator_ =
      std::make_unique<RemoteGenerator>(*usable, Choice{}, RemoteGenerator::Warn(), &counts_);
  EXPECT_THAT(generate(), HasSubstr("cannot be reached."));
  EXPECT_EQ(counts_.sent, 3);
  EXPECT_THAT(generate(), HasSubstr("cannot be reached."));
  EXPECT_EQ(counts_.sent, 3) << "it was not left alone";
  std::this_thread::sleep_for(Rest::kShortest);
  EXPECT_THAT(generate(), HasSubstr("cannot be reached."));
  EXPECT_EQ(counts_.sent, 6) << "it was not tried again";
}

TEST_F(RemoteGeneratorTest, NothingIsSentBeforeSomebodyAsks) {
  EXPECT_EQ(generator_->health().state, State::kUnknown);
  generator_.reset();
  EXPECT_THAT(server_.requests(), IsEmpty());
}

}  // namespace
}  // namespace nextline::remote
