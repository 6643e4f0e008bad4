// Several clients with one model.

#include "lsp/completion/model_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "tests/support/temporary_folder.h"
#include "tests/unit/lsp/client_thread.h"
#include "tests/unit/lsp/gated_backend.h"
#include "tests/unit/lsp/hosted_client.h"
#include "tests/unit/lsp/served_model.h"

namespace nextline::lsp::test {
namespace {

using ::testing::ElementsAre;

/// Threads of idle work here, by which its passes are told from others at the gate.
constexpr std::uint32_t kIdleThreads = 1;

/// So many tokens or more: with the vocabulary of these models a letter is one.
std::string long_text(std::size_t tokens) {
  std::string text;
  for (std::size_t i = 0; text.size() < tokens; ++i) {
    text += static_cast<char>('a' + i * i % 23);
    text += i % 12 == 0 ? '\n' : static_cast<char>('z' - i % 7);
  }
  return text;
}

class ModelHostTest : public testing::Test {
 protected:
  /// A host whose idle work, if it has any, waits for no pause, with two clients.
  void serve(const CompletionEngine::Options& engine = {.reuse = Reuse::kCommonPrefix},
             bool refreshes = false) {
    host_.emplace(ModelHostOptions{.load = [this](const std::stop_token&) -> Result<Backend*> {
                                     ++loads_;
                                     return &gate_;
                                   },
                                   .engine = engine,
                                   .refresh = {.enabled = refreshes,
                                               .pause = std::chrono::milliseconds(0),
                                               .threads = kIdleThreads},
                                   .is_on_battery =
                                       [this] {
                                         ++pauses_;
                                         pauses_.notify_all();
                                         return on_battery_.load();
                                       }});
    a_.emplace(*host_, thread_);
    b_.emplace(*host_, thread_);
    a_->load();
    b_->load();
  }

  /// The storage of the last pass so far.
  const KvStorage* last_storage() { return gate_.storages().back(); }

  const nextline::test::TemporaryFolder folder_;
  ServedModel model_{"llama"};
  GatedBackend& gate_ = model_.gate();
  ClientThread thread_;
  std::atomic<int> loads_ = 0;
  std::atomic<bool> on_battery_ = false;
  std::atomic<int> pauses_ = 0;  // That have begun: at each, somebody looks at the battery.
  std::optional<ModelHost> host_;
  std::optional<HostedClient> a_;
  std::optional<HostedClient> b_;
};

TEST_F(ModelHostTest, EachClientGetsWhatItWouldGetAlone) {
  serve();
  a_->open("def f():");
  b_->open("while True:");
  for (const char* const typed : {" a", "b", "\n", "  return"}) {
    a_->type(typed);
    a_->ask();
    b_->type_in_front(typed);
    b_->ask();
    EXPECT_EQ(b_->answer().text, model_.completion_of(b_->text()));
    EXPECT_EQ(a_->answer().text, model_.completion_of(a_->text()));
  }
  EXPECT_EQ(loads_, 1);
}

TEST_F(ModelHostTest, DocumentsOfDifferentClientsAreDifferentOnes) {
  serve();
  a_->open("def f():");
  b_->open("def f():");
  EXPECT_NE(a_->document(), b_->document());
}

TEST_F(ModelHostTest, WhoAsksAgainAndAgainIsNotServedBeforeAnother) {
  serve();
  b_->open("while True:");
  b_->complete();
  const KvStorage* const storage = last_storage();
  a_->open("def f():\n    return 1\n");
  a_->complete();
  ASSERT_NE(last_storage(), storage);

  gate_.shut();
  const std::uint32_t passes = gate_.passes();
  a_->ask(3);
  gate_.wait_for_pass(passes + 1);
  b_->type("x");
  b_->ask();
  for (std::size_t place = 4; place < 12; ++place) a_->ask(place);
  // The one at the gate is stopped within a layer, and then it is the other's turn.
  gate_.wait_for_pass(passes + 2);
  EXPECT_EQ(last_storage(), storage);
  gate_.open();
  EXPECT_EQ(b_->answer().text, model_.completion_of(b_->text()));
  EXPECT_EQ(a_->answer().text,
            model_.completion_of(a_->text().substr(0, 11), a_->text().substr(11)));
}

TEST_F(ModelHostTest, ACompletionWaitsForOnePassOfWhatAnotherPrepares) {
  serve();
  b_->open("while True:");
  b_->complete();
  gate_.shut();
  const std::uint32_t before = gate_.passes();
  a_->open(long_text(500));
  gate_.wait_for_pass(before + 1);
  const KvStorage* const prepared = last_storage();
  b_->type("x");
  b_->ask();
  gate_.open();
  b_->answer();
  const auto storages = gate_.storages();
  const auto* const other = storages[before + 1];
  EXPECT_EQ(storages[before], prepared);
  EXPECT_NE(other, prepared);
  // None of it comes between, until the completion is made.
  const auto completed = std::find(storages.begin() + before + 1, storages.end(), prepared);
  EXPECT_GT(completed - storages.begin() - before - 1, 1);
  gate_.wait_for_rows(0, gate_.rows(0) + 100);
}

TEST_F(ModelHostTest, TwoLargeDocumentsArePreparedInTurns) {
  serve();
  gate_.shut();
  a_->open(long_text(500));
  b_->open(long_text(500));
  gate_.open();
  gate_.wait_for_pass(12);
  auto storages = gate_.storages();
  storages.resize(12);
  for (std::size_t pass = 4; pass < 12; ++pass) {
    EXPECT_NE(storages[pass], storages[pass - 1]) << pass;
    EXPECT_EQ(storages[pass], storages[pass - 2]) << pass;
  }
}

TEST_F(ModelHostTest, DocumentsThatDoNotFitTogetherAreNotPreparedForEver) {
  on_battery_ = true;
  serve({.cache_bytes = 1, .reuse = Reuse::kCommonPrefix}, true);
  gate_.shut();
  a_->open(long_text(200));
  b_->open(long_text(200));
  gate_.open();
  pauses_.wait(0);  // One begins when nothing is left to prepare.
}

TEST_F(ModelHostTest, AClientCanGoWhileSomethingIsComputedForIt) {
  serve();
  a_->open("def f():");
  a_->complete();
  gate_.shut();
  const std::uint32_t passes = gate_.passes();
  a_->type("x");
  a_->ask();
  gate_.wait_for_pass(passes + 1);
  b_->open("while True:");
  b_->ask();
  a_.reset();  // Though the gate is shut.
  gate_.open();
  EXPECT_EQ(b_->answer().text, model_.completion_of("while True:"));
  EXPECT_EQ(host_->gauges().clients, 1U);
  EXPECT_EQ(host_->gauges().open_documents, 1U);
}

TEST_F(ModelHostTest, WhatIsOnItsWayToAClientThatHasGoneIsDropped) {
  serve();
  ClientThread other_thread;
  std::optional<HostedClient> other(std::in_place, *host_, other_thread);
  other->load();
  other->open("def f():");
  other->ask();
  b_->open("while True:");
  b_->complete();  // Came later, so the other one's answer is posted.
  other.reset();
  other_thread.run_posted();
}

TEST_F(ModelHostTest, TheCachesOfAllClientsStayWithinOneBudget) {
  const std::size_t slot = gate_.create_storage(1, std::nullopt).value()->slot_bytes();
  const std::size_t budget = 700 * slot;
  serve({.cache_bytes = budget, .reuse = Reuse::kCommonPrefix});
  std::size_t most = 0;
  for (int i = 0; i < 10; ++i) {
    for (HostedClient* const client : {&*a_, &*b_}) {
      client->open(long_text(100) + std::to_string(i));
      client->complete();
      EXPECT_LE(host_->gauges().cache_bytes, budget);
      most = std::max(most, host_->gauges().cache_bytes);
    }
  }
  EXPECT_GT(most, budget / 2);
  EXPECT_EQ(host_->gauges().open_documents, 20U);
}

TEST_F(ModelHostTest, WhatAClientThatHasGoneHadOpenIsGivenBack) {
  serve();
  a_->open(long_text(100));
  a_->complete();
  b_->open("x");
  b_->complete();
  const std::size_t both = host_->gauges().cache_bytes;
  a_.reset();
  while (host_->gauges().cache_bytes >= both) b_->complete();
  EXPECT_GT(host_->gauges().cache_bytes, 0U);
}

TEST_F(ModelHostTest, ACacheThatGivesWayToAnothersIsKeptOnDisk) {
  serve({.cache_bytes = 1, .snapshots = {.folder = folder_.path() / "snapshots"}});
  a_->open(long_text(100), "/p/a.py");
  EXPECT_EQ(a_->complete().tokens.reused, 0U);
  b_->open("while True:", "/p/b.py");
  b_->complete();
  EXPECT_GT(a_->complete().tokens.reused, 20U);
}

TEST_F(ModelHostTest, WhatAClientThatHasGoneHadOpenIsKeptOnDisk) {
  serve({.snapshots = {.folder = folder_.path() / "snapshots"}});
  a_->open(long_text(100), "/p/a.py");
  EXPECT_EQ(a_->complete().tokens.reused, 0U);
  a_.reset();
  while (host_->gauges().cache_bytes > 0) std::this_thread::yield();
  b_->open(long_text(100), "/p/a.py");
  EXPECT_GT(b_->complete().tokens.reused, 20U);
}

TEST_F(ModelHostTest, WhatIsOpenAtTheEndIsKeptOnDisk) {
  const CompletionEngine::Options engine = {.snapshots = {.folder = folder_.path() / "snapshots"}};
  serve(engine);
  a_->open(long_text(100), "/p/a.py");
  b_->open(long_text(120), "/p/b.py");
  EXPECT_EQ(a_->complete().tokens.reused, 0U);
  EXPECT_EQ(b_->complete().tokens.reused, 0U);
  a_.reset();
  b_.reset();
  host_.reset();
  serve(engine);
  // At once: of what was kept, preparation computes again what was not yet exact.
  a_->open(long_text(120), "/p/b.py");
  EXPECT_GT(a_->complete().tokens.reused, 20U);
  b_->open(long_text(100), "/p/a.py");
  EXPECT_GT(b_->complete().tokens.reused, 20U);
}

TEST_F(ModelHostTest, IdleWorkForOneGivesWayToAnother) {
  serve({}, true);
  b_->open("while True:");
  b_->complete();
  a_->open(long_text(200));
  a_->complete();
  gate_.hold(kIdleThreads);
  a_->type_in_front("q");
  gate_.wait_for_held_pass();
  b_->type("x");
  b_->complete();
}

TEST_F(ModelHostTest, IdleWorkIsForAllClientsAndBeginsWithTheDocumentUsedLast) {
  on_battery_ = true;
  serve({}, true);
  for (HostedClient* const client : {&*a_, &*b_}) {
    client->open(long_text(200));
    client->complete();
    client->type_in_front("q");
    client->complete();
  }
  const KvStorage* const used_last = last_storage();
  ASSERT_EQ(gate_.rows(kIdleThreads), 0U);
  gate_.hold(kIdleThreads);
  on_battery_ = false;
  b_->type("x");
  gate_.wait_for_held_pass();
  EXPECT_EQ(last_storage(), used_last);
  gate_.hold(kIdleThreads + 1);
  b_->type("y");                           // Stops the pass that is held.
  gate_.wait_for_rows(kIdleThreads, 250);  // More than one of them has.
}

TEST_F(ModelHostTest, ClientsHearHowFarTheLoadingIsWheneverTheyCome) {
  std::promise<void> fetched;
  std::promise<void> told;
  host_.emplace(ModelHostOptions{.load = [&](const std::stop_token&) -> Result<Backend*> {
    host_->show_loading({"Fetching", 10});
    told.set_value();
    fetched.get_future().wait();
    return &gate_;
  }});
  a_.emplace(*host_, thread_);
  told.get_future().wait();
  b_.emplace(*host_, thread_);
  EXPECT_TRUE(host_->gauges().is_loading);
  EXPECT_FALSE(host_->gauges().is_loaded);
  fetched.set_value();
  a_->load();
  b_->load();
  EXPECT_THAT(a_->loading(), ElementsAre("Fetching", "Ready"));
  EXPECT_THAT(b_->loading(), ElementsAre("Fetching", "Ready"));
  EXPECT_FALSE(host_->gauges().is_loading);
  EXPECT_TRUE(host_->gauges().is_loaded);
}

TEST_F(ModelHostTest, WhyThereIsNoModelIsToldToAllAndTriedAgainForTheNextClient) {
  host_.emplace(ModelHostOptions{.load = [this](const std::stop_token&) -> Result<Backend*> {
    if (loads_++ == 0) return failure("The disk is full.");
    return &gate_;
  }});
  a_.emplace(*host_, thread_);
  thread_.run_until([this] { return a_->failure() == "The disk is full."; });
  a_->open("def f():");
  EXPECT_EQ(loads_, 1);
  b_.emplace(*host_, thread_);
  b_->load();
  a_->load();
  EXPECT_EQ(a_->complete().text, model_.completion_of("def f():"));
  EXPECT_EQ(loads_, 2);
}

}  // namespace
}  // namespace nextline::lsp::test
