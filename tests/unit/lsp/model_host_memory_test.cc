// A lack of memory where the model computes, and what becomes of the clients.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <new>
#include <optional>
#include <string>

#include "lsp/completion/model_host.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/forwarding_backend.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/lsp/client_thread.h"
#include "tests/unit/lsp/hosted_client.h"
#include "tests/unit/lsp/served_model.h"

namespace nextline::lsp::test {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

constexpr const char* kNoMemory = "There is not enough memory for a completion.";

/// A backend of which one pass finds no memory.
class ShortBackend final : public nextline::test::ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;

  /// So many passes find some, then one does not.
  void run_short_after(std::int64_t passes) { left_ = passes; }

  PassOutcome forward(KvStorage& storage, const Batch& batch, Logits& logits,
                      std::stop_token stop) override {
    if (left_-- == 0) throw std::bad_alloc();
    return ForwardingBackend::forward(storage, batch, logits, stop);
  }

 private:
  std::atomic<std::int64_t> left_ = 1'000'000;
};

class ModelHostMemoryTest : public testing::Test {
 protected:
  ModelHostOptions options() {
    return {.load = [this](const std::stop_token&) -> Result<Backend*> {
              ++loads_;
              if (fails_to_load_) throw std::bad_alloc();
              return &backend_;
            },
            .unload = [this] { ++unloads_; },
            .engine = {.reuse = Reuse::kCommonPrefix},
            .refresh = {.enabled = false}};
  }
  /// Two clients with a document each.
  void serve(const ModelHostOptions& options) {
    host_.emplace(options);
    a_.emplace(*host_, thread_);
    b_.emplace(*host_, thread_);
    a_->load();
    b_->load();
  }
  void serve() { serve(options()); }

  void expect_that_all_goes_on() {
    EXPECT_EQ(a_->complete().text, model_.completion_of(a_->text()));
    EXPECT_EQ(b_->complete().text, model_.completion_of(b_->text()));
  }

  const nextline::test::TemporaryFolder folder_;
  ServedModel model_{"llama"};
  std::unique_ptr<Backend> computing_ = nextline::test::cpu_backend(*model_.model());
  ShortBackend backend_{*computing_};
  std::atomic<bool> fails_to_load_ = false;
  std::atomic<int> loads_ = 0;
  std::atomic<int> unloads_ = 0;
  ClientThread thread_;
  std::optional<ModelHost> host_;
  std::optional<HostedClient> a_;
  std::optional<HostedClient> b_;
};

TEST_F(ModelHostMemoryTest, ARequestThatFindsNoneIsToldAndTheNextOneIsAnswered) {
  serve();
  a_->open("def f():");
  b_->open("while True:");
  expect_that_all_goes_on();
  backend_.run_short_after(0);
  a_->ask();
  thread_.run_until([this] { return a_->replies() == 2; });
  EXPECT_EQ(a_->failure(), kNoMemory);
  expect_that_all_goes_on();
  EXPECT_EQ(loads_, 1);  // What it computes with has stayed.
  EXPECT_THAT(a_->warnings(), ElementsAre(StartsWith("There is not enough memory")));
  EXPECT_EQ(b_->warnings(), a_->warnings());
}

TEST_F(ModelHostMemoryTest, AtWhicheverPassThereIsNoneEachRequestIsAnsweredOnce) {
  for (std::int64_t passes = 0; passes < 12; ++passes) {
    SCOPED_TRACE(passes);
    serve();
    backend_.run_short_after(passes);
    a_->open("def f():");
    b_->open("while True:");
    a_->ask();
    b_->ask();
    thread_.run_until([this] { return a_->replies() == 1 && b_->replies() == 1; });
    const bool was_told = a_->failure() == kNoMemory || b_->failure() == kNoMemory;
    EXPECT_TRUE(was_told || (a_->is_answered() && b_->is_answered()));
    backend_.run_short_after(1'000'000);
    expect_that_all_goes_on();
    EXPECT_EQ(a_->replies(), 2);
    EXPECT_EQ(b_->replies(), 2);
    a_.reset();
    b_.reset();
  }
}

TEST_F(ModelHostMemoryTest, ADocumentForWhichThereIsNeverAnyIsNotTriedWithoutEnd) {
  serve();
  for (int key = 0; key < 3; ++key) {
    backend_.run_short_after(0);
    if (key == 0) {
      a_->open("def f():");
    } else {
      a_->type("x");
    }
    thread_.run_until([this] { return a_->service().has_model(); });
    thread_.run_until([this] { return !a_->service().has_model(); });
  }
  // Nothing has it come back but the next key.
  EXPECT_FALSE(host_->gauges().is_loading || host_->gauges().is_loaded);
  b_->open("while True:");
  expect_that_all_goes_on();
}

TEST_F(ModelHostMemoryTest, NothingThatMayBeHalfDoneIsKeptOnDisk) {
  ModelHostOptions keeping = options();
  keeping.engine.reuse = Reuse::kPieces;
  keeping.engine.snapshots.folder = folder_.path() / "snapshots";
  serve(keeping);
  a_->open("def f():", folder_.path() / "a.py");
  b_->open("while True:", folder_.path() / "b.py");
  a_->complete();
  b_->complete();
  backend_.run_short_after(0);
  a_->ask();
  thread_.run_until([this] { return a_->replies() == 2; });
  EXPECT_FALSE(std::filesystem::exists(keeping.engine.snapshots.folder));
}

TEST_F(ModelHostMemoryTest, AModelForWhichThereIsNoneFailsToLoad) {
  fails_to_load_ = true;
  host_.emplace(options());
  a_.emplace(*host_, thread_);
  thread_.run_until([this] { return !a_->failure().empty(); });
  EXPECT_EQ(a_->failure(), "There is not enough memory for the model.");
  fails_to_load_ = false;
  b_.emplace(*host_, thread_);  // It is tried again when another one comes.
  b_->load();
}

}  // namespace
}  // namespace nextline::lsp::test
