// A model that nobody uses for long, and what becomes of its clients.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "lsp/completion/model_host.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/lsp/client_thread.h"
#include "tests/unit/lsp/hosted_client.h"
#include "tests/unit/lsp/served_model.h"

namespace nextline::lsp::test {
namespace {

class UnloadTest : public testing::Test {
 protected:
  /// A host that makes a backend each time it loads, and gives it back; with two clients.
  void serve(const CompletionEngine::Options& engine = {.reuse = Reuse::kCommonPrefix}) {
    host_.emplace(ModelHostOptions{.load = [this](const std::stop_token&) -> Result<Backend*> {
                                     ++loads_;
                                     backend_ = nextline::test::cpu_backend(*model_.model());
                                     return backend_.get();
                                   },
                                   .unload =
                                       [this] {
                                         backend_.reset();
                                         has_unloaded_ = true;
                                       },
                                   .unload_after = std::chrono::milliseconds(30),
                                   .engine = engine,
                                   .refresh = {.enabled = false},
                                   .give_back_memory =
                                       [this] {
                                         if (!has_unloaded_) return;
                                         ++given_back_;
                                         given_back_.notify_all();
                                       }});
    a_.emplace(*host_, thread_);
    b_.emplace(*host_, thread_);
    a_->load();
    b_->load();
  }
  void wait_for_unload() {
    thread_.run_until([this] { return !a_->service().has_model() && !b_->service().has_model(); });
  }

  const nextline::test::TemporaryFolder folder_;
  ServedModel model_{"llama"};
  std::unique_ptr<Backend> backend_;  // The model's thread's.
  bool has_unloaded_ = false;         // So is this.
  std::atomic<int> given_back_ = 0;   // Behind that.
  std::atomic<int> loads_ = 0;
  ClientThread thread_;
  std::optional<ModelHost> host_;
  std::optional<HostedClient> a_;
  std::optional<HostedClient> b_;
};

TEST_F(UnloadTest, AfterALongPauseTheMemoryIsGivenBackAndTheNextRequestLoadsAgain) {
  serve();
  a_->open("def f():");
  b_->open("while True:");
  a_->complete();
  b_->complete();
  wait_for_unload();
  const int loads = loads_;
  EXPECT_EQ(a_->complete().text, model_.completion_of("def f():"));
  EXPECT_GT(loads_, loads);
  EXPECT_EQ(b_->complete().text, model_.completion_of("while True:"));
}

TEST_F(UnloadTest, WhatThatHasFreedGoesBackToTheSystem) {
  serve();
  a_->open("def f():");
  a_->complete();
  while (given_back_ == 0) given_back_.wait(0);
  EXPECT_FALSE(host_->gauges().is_loaded);
}

TEST_F(UnloadTest, ItIsNotLoadedAgainUntilSomebodyWantsIt) {
  serve();
  a_->open("def f():");
  a_->complete();
  wait_for_unload();
  EXPECT_FALSE(host_->gauges().is_loaded);
  while (host_->gauges().cache_bytes > 0) std::this_thread::yield();
  b_->service().set_folders({"/p"});
  b_->service().files_changed({"/p/a.py"});
  a_->service().move_cursor(a_->document(), 3);
  a_->close();
  EXPECT_FALSE(host_->gauges().is_loading);
  b_->open("while True:");
  EXPECT_TRUE(host_->gauges().is_loading || host_->gauges().is_loaded);
}

TEST_F(UnloadTest, AChangeLoadsItAgainAndTheDocumentHasItsPresentText) {
  serve();
  a_->open("def f():");
  a_->complete();
  wait_for_unload();
  a_->type(" x");
  a_->load();
  EXPECT_EQ(a_->complete().text, model_.completion_of("def f(): x"));
}

TEST_F(UnloadTest, WhatWasCachedIsOnTheDisk) {
  serve({.snapshots = {.folder = folder_.path() / "snapshots"}});
  a_->open(std::string(100, 'x'), "/p/a.py");
  EXPECT_EQ(a_->complete().tokens.reused, 0U);
  wait_for_unload();
  EXPECT_GT(a_->complete().tokens.reused, 20U);
}

TEST_F(UnloadTest, AClientCanComeAndGoMeanwhile) {
  serve();
  a_->open("def f():");
  a_->complete();
  wait_for_unload();
  a_.reset();
  a_.emplace(*host_, thread_);
  a_->open("def g():");
  EXPECT_EQ(a_->complete().text, model_.completion_of("def g():"));
}

TEST_F(UnloadTest, OverAndOverAgainEachRequestIsAnswered) {
  serve();
  a_->open("def f():");
  b_->open("while True:");
  for (int round = 0; round < 5; ++round) {
    a_->ask();
    b_->ask();
    EXPECT_EQ(b_->answer().text, model_.completion_of("while True:"));
    EXPECT_EQ(a_->answer().text, model_.completion_of("def f():"));
    wait_for_unload();
  }
  EXPECT_GE(loads_, 5);
}

}  // namespace
}  // namespace nextline::lsp::test
