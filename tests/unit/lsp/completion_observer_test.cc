#include "lsp/completion/completion_observer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "lsp/completion/model_host.h"
#include "tests/unit/lsp/client_thread.h"
#include "tests/unit/lsp/hosted_client.h"
#include "tests/unit/lsp/served_model.h"

namespace nextline::lsp::test {
namespace {

/// Counts what it hears.
class Counts : public CompletionObserver {
 public:
  void asked() override { count("asked"); }
  void answered(const Suggestion& /*suggestion*/, Source source) override {
    static constexpr const char* kNames[] = {"by model", "typed along", "prepared", "nowhere"};
    count(kNames[static_cast<std::size_t>(source)]);
  }
  void failed() override { count("failed"); }
  void lost(Loss loss) override { count(loss == Loss::kCancelled ? "cancelled" : "superseded"); }
  void completed(const Completion& completion, Purpose purpose) override {
    count(purpose == Purpose::kLookAhead ? "completed ahead" : "completed");
    count("generated", completion.tokens.generated);
  }
  void encoded(std::uint32_t tokens, Purpose purpose) override {
    count(purpose == Purpose::kRefresh ? "refreshed" : "prepared tokens", tokens);
  }

  std::uint64_t of(const std::string& what) {
    const std::lock_guard lock(mutex_);
    return counts_[what];
  }

 private:
  void count(const std::string& what, std::uint64_t by = 1) {
    const std::lock_guard lock(mutex_);
    counts_[what] += by;
  }

  std::mutex mutex_;
  std::map<std::string, std::uint64_t> counts_;
};

class CompletionObserverTest : public testing::Test {
 protected:
  void serve(bool looks_ahead, bool refreshes) {
    host_.emplace(ModelHostOptions{
        .load = [this](const std::stop_token&) -> Result<Backend*> { return &model_.gate(); },
        .refresh = {.enabled = refreshes, .pause = std::chrono::milliseconds(0)},
        .observer = &counts_});
    client_.emplace(*host_, thread_, looks_ahead);
    client_->load();
  }

  ServedModel model_{"llama"};
  Counts counts_;
  ClientThread thread_;
  std::optional<ModelHost> host_;
  std::optional<HostedClient> client_;
};

TEST_F(CompletionObserverTest, HearsOfEachRequestWhatBecameOfIt) {
  serve(false, false);
  client_->open("def f():");
  client_->ask(3);
  client_->ask();
  const std::string said = client_->answer().text;
  ASSERT_FALSE(said.empty());
  client_->type(said.substr(0, 1));
  client_->complete();
  client_->service().cancel(client_->ask(2));
  EXPECT_EQ(counts_.of("asked"), 4U);
  EXPECT_EQ(counts_.of("superseded"), 1U);
  EXPECT_EQ(counts_.of("by model"), 1U);
  EXPECT_EQ(counts_.of("typed along"), 1U);
  EXPECT_EQ(counts_.of("cancelled"), 1U);
}

TEST_F(CompletionObserverTest, HearsOfTheDocumentsThatAreSwitchedOff) {
  serve(false, false);
  client_->open("def f():");
  Completer::Options options = client_->service().options();
  options.switches.on = false;
  client_->service().configure(options);
  client_->complete();
  EXPECT_EQ(counts_.of("nowhere"), 1U);
  EXPECT_EQ(counts_.of("by model"), 0U);
}

TEST_F(CompletionObserverTest, HearsOfEachCompletionAlsoOfSuchAsNobodyHasAskedForYet) {
  serve(true, false);
  client_->open("def f():");
  const Completion made = client_->complete();
  thread_.run_until([this] { return client_->service().answers().made_ahead > 0; });
  EXPECT_EQ(counts_.of("completed"), 1U);
  EXPECT_EQ(counts_.of("completed ahead"), 1U);
  EXPECT_GT(counts_.of("generated"), made.tokens.generated);
  client_->type(made.text);
  client_->complete();
  EXPECT_EQ(counts_.of("prepared"), 1U);
  EXPECT_EQ(counts_.of("completed"), 1U);
}

TEST_F(CompletionObserverTest, HearsWhatIsComputedThoughNobodyWaits) {
  serve(false, true);
  client_->open(std::string(200, 'x'));
  while (counts_.of("prepared tokens") < 100) std::this_thread::yield();
  client_->type_in_front("q");
  while (counts_.of("refreshed") < 30) std::this_thread::yield();
}

TEST_F(CompletionObserverTest, HearsOfRequestsThatFail) {
  host_.emplace(ModelHostOptions{
      .load = [](const std::stop_token&) -> Result<Backend*> { return failure("No."); },
      .observer = &counts_});
  client_.emplace(*host_, thread_);
  client_->open("def f():");
  client_->ask();
  thread_.run_until([this] { return counts_.of("failed") > 0; });
  EXPECT_EQ(counts_.of("asked"), 1U);
  EXPECT_EQ(counts_.of("failed"), 1U);
}

}  // namespace
}  // namespace nextline::lsp::test
