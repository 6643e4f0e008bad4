// A device that fails while it computes, and what becomes of the clients.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <latch>
#include <memory>
#include <optional>
#include <string>

#include "lsp/completion/model_host.h"
#include "tests/support/breakable_backend.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/lsp/client_thread.h"
#include "tests/unit/lsp/hosted_client.h"
#include "tests/unit/lsp/served_model.h"

namespace nextline::lsp::test {
namespace {

using nextline::test::BreakableBackend;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string kWarning =
    std::string(BreakableBackend::kFailure) +
    " Completions are computed on the CPU until the model is loaded again.";

class ModelHostFailureTest : public testing::Test {
 protected:
  /// A host of a model on a device that can fail, and two clients. Both compute alike, so what is
  /// said does not tell which of them did.
  ModelHostOptions options() {
    return {.load = [this](const std::stop_token&) -> Result<Backend*> {
              ++loads_;
              on_cpu_.reset();
              device_.emplace(*computing_);
              device_->break_after(passes_until_failure_);
              return &*device_;
            },
            .load_on_cpu = [this](const std::stop_token&) -> Result<Backend*> {
              ++loads_on_cpu_;
              if (!cpu_failure_.empty()) return failure(cpu_failure_);
              if (gate_) gate_->wait();
              on_cpu_ = nextline::test::cpu_backend(*model_.model());
              return on_cpu_.get();
            },
            .engine = {.reuse = Reuse::kCommonPrefix},
            .refresh = {.enabled = false}};
  }
  void serve(const ModelHostOptions& options) {
    host_.emplace(options);
    a_.emplace(*host_, thread_);
    b_.emplace(*host_, thread_);
    a_->load();
    b_->load();
  }
  void serve() { serve(options()); }

  /// The device fails at a pass that nobody waits for, and the CPU has gone on.
  void fail() {
    device_->break_after(0);
    a_->type("\n");
    thread_.run_until([this] { return !a_->service().has_model(); });
    a_->load();
    b_->load();
  }

  const nextline::test::TemporaryFolder folder_;
  ServedModel model_{"llama"};
  std::unique_ptr<Backend> computing_ = nextline::test::cpu_backend(*model_.model());
  std::optional<BreakableBackend> device_;  // The model's thread's, as the next one is.
  std::unique_ptr<Backend> on_cpu_;
  std::int64_t passes_until_failure_ = 1'000'000;
  std::string cpu_failure_;
  std::optional<std::latch> gate_;  // The CPU's backend is not made before it opens.
  std::atomic<int> loads_ = 0;
  std::atomic<int> loads_on_cpu_ = 0;
  ClientThread thread_;
  std::optional<ModelHost> host_;
  std::optional<HostedClient> a_;
  std::optional<HostedClient> b_;
};

TEST_F(ModelHostFailureTest, AtWhicheverPassItFailsEachRequestIsAnsweredOnce) {
  for (std::int64_t passes = 0; passes < 12; ++passes) {
    SCOPED_TRACE(passes);
    passes_until_failure_ = passes;
    serve();
    a_->open("def f():");
    b_->open("while True:");
    a_->ask();
    b_->ask();
    EXPECT_EQ(a_->answer().text, model_.completion_of("def f():"));
    EXPECT_EQ(b_->answer().text, model_.completion_of("while True:"));
    EXPECT_EQ(loads_on_cpu_, passes + 1);
    // What was still under way finds nobody who waits.
    a_->complete();
    b_->complete();
    EXPECT_EQ(a_->replies(), 2);
    EXPECT_EQ(b_->replies(), 2);
    EXPECT_THAT(a_->warnings(), ElementsAre(kWarning));
    EXPECT_THAT(b_->warnings(), ElementsAre(kWarning));
    a_.reset();
    b_.reset();
  }
}

TEST_F(ModelHostFailureTest, WhatTheUserDoesMeanwhileIsNotLost) {
  serve();
  gate_.emplace(1);
  a_->open("def f():");
  a_->complete();
  b_->open("while True:");
  b_->complete();
  device_->break_after(0);
  a_->type("\n  x = 1\n");
  thread_.run_until([this] { return !a_->service().has_model() && !b_->service().has_model(); });
  a_->type("yz");
  b_->ask();
  b_->type(" if");  // Which supersedes the request, and nothing else does.
  b_->ask();
  b_->ask();  // At the same place: both are answered by one completion.
  EXPECT_EQ(b_->replies(), 1 + 1);
  gate_->count_down();
  EXPECT_EQ(a_->complete().text, model_.completion_of("def f():\n  x = 1\nyz"));
  EXPECT_EQ(b_->answer().text, model_.completion_of("while True: if"));
  EXPECT_EQ(b_->replies(), 1 + 1 + 2);
}

TEST_F(ModelHostFailureTest, ItIsSeenInIdleWork) {
  ModelHostOptions refreshing = options();
  refreshing.engine.reuse = Reuse::kPieces;
  refreshing.refresh = {.pause = std::chrono::milliseconds(1), .threads = 1};
  serve(refreshing);
  a_->open(std::string(200, 'x'));
  a_->complete();
  // What the key brings is computed in one pass; then comes what it left stale.
  device_->break_after(1);
  a_->type_in_front("y");
  thread_.run_until([this] { return !a_->warnings().empty(); });
  a_->load();
  EXPECT_EQ(a_->complete().text, model_.completion_of(a_->text()));
}

TEST_F(ModelHostFailureTest, ItIsSeenWhenTheModelIsTriedAsItIsLoaded) {
  passes_until_failure_ = 1;  // Of the two that tell whether its keys can be shifted.
  ModelHostOptions checking = options();
  checking.engine.reuse = Reuse::kPieces;
  serve(checking);
  a_->open("def f():");
  EXPECT_EQ(a_->complete().text, model_.completion_of("def f():"));
  EXPECT_THAT(a_->warnings(), ElementsAre(kWarning));
}

TEST_F(ModelHostFailureTest, TheHostTellsThatTheCpuComputes) {
  serve();
  EXPECT_EQ(host_->gauges().device_failure, "");
  a_->open("def f():");
  fail();
  EXPECT_EQ(host_->gauges().device_failure, BreakableBackend::kFailure);
  EXPECT_TRUE(host_->gauges().is_loaded);
}

TEST_F(ModelHostFailureTest, WhoComesLaterHearsOfItToo) {
  serve();
  a_->open("def f():");
  fail();
  HostedClient late(*host_, thread_);
  late.load();
  EXPECT_THAT(late.warnings(), ElementsAre(kWarning));
  EXPECT_THAT(a_->warnings(), ElementsAre(kWarning));
}

TEST_F(ModelHostFailureTest, OnceTheModelHasBeenUnloadedTheDeviceIsTriedAgain) {
  passes_until_failure_ = 0;
  ModelHostOptions unloading = options();
  unloading.unload_after = std::chrono::milliseconds(30);
  serve(unloading);
  a_->open("def f():");
  a_->complete();
  passes_until_failure_ = 1'000'000;
  thread_.run_until([this] { return !a_->service().has_model(); });
  EXPECT_EQ(host_->gauges().device_failure, "");
  const int loads_on_cpu = loads_on_cpu_;
  a_->complete();
  EXPECT_GE(loads_, 2);
  EXPECT_EQ(loads_on_cpu_, loads_on_cpu);
}

TEST_F(ModelHostFailureTest, NothingThatTheDeviceHeldIsKept) {
  ModelHostOptions keeping = options();
  keeping.engine = {.snapshots = {.folder = folder_.path() / "snapshots"}};
  serve(keeping);
  a_->open(std::string(100, 'x'), "/p/a.py");
  a_->complete();
  fail();
  EXPECT_EQ(a_->complete().tokens.reused, 0U);
  a_->close();
  a_->open(std::string(100, 'x') + "\n", "/p/a.py");
  EXPECT_GT(a_->complete().tokens.reused, 20U) << "what the CPU has computed is kept";
}

TEST_F(ModelHostFailureTest, AClientMayGoMeanwhile) {
  serve();
  gate_.emplace(1);
  a_->open("def f():");
  b_->open("while True:");
  device_->break_after(0);
  a_->ask();
  thread_.run_until([this] { return !a_->service().has_model(); });
  a_.reset();
  gate_->count_down();
  EXPECT_EQ(b_->complete().text, model_.completion_of("while True:"));
}

TEST_F(ModelHostFailureTest, WithoutAnotherBackendAllHearWhyThereIsNone) {
  ModelHostOptions alone = options();
  alone.load_on_cpu = {};
  serve(alone);
  a_->open("def f():");
  device_->break_after(0);
  a_->ask();
  thread_.run_until([this] { return a_->replies() == 1 && !b_->failure().empty(); });
  EXPECT_EQ(a_->failure(), BreakableBackend::kFailure);
  EXPECT_EQ(b_->failure(), BreakableBackend::kFailure);
  EXPECT_THAT(a_->warnings(), IsEmpty());
}

TEST_F(ModelHostFailureTest, WhereTheCpuCannotGoOnBothReasonsAreSaid) {
  serve();
  cpu_failure_ = "There is not enough memory.";
  a_->open("def f():");
  device_->break_after(0);
  a_->ask();
  thread_.run_until([this] { return a_->replies() == 1; });
  EXPECT_EQ(a_->failure(), std::string(BreakableBackend::kFailure) + " " + cpu_failure_);
  EXPECT_EQ(host_->gauges().device_failure, "");
  // Whoever comes next has it tried again.
  HostedClient c(*host_, thread_);
  c.load();
  EXPECT_EQ(loads_, 2);
}

}  // namespace
}  // namespace nextline::lsp::test
