// An editing session on a device that fails: at each call of the runtime and of cuBLAS in turn.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lsp/completion/model_host.h"
#include "lsp/completion/snapshot_keeper.h"
#include "tests/cuda_device/cuda_device.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/cuda/cuda_fixture.h"
#include "tests/unit/lsp/client_thread.h"
#include "tests/unit/lsp/hosted_client.h"

namespace nextline::lsp::test {
namespace {

using cuda_device::CallSite;
using cuda_device::Fault;
using cuda_device::FaultKind;
using nextline::test::Products;

/// An editor with one file, which sees what becomes of its cache.
class Editor {
 public:
  Editor(ModelHost& host, ClientThread& thread, std::filesystem::path file)
      : thread_(thread), file_(std::move(file)), client_(host, thread, false, kMaxTokens) {}

  void open(const std::string& text) {
    client_.open(text, file_);
    client_.service().watch_cache(client_.document(),
                                  {.show = [this](CacheReport report) { state_ = report.state; }});
  }
  std::string complete() {
    ++asked_;
    return client_.complete().text;
  }
  /// Completes, and waits until the cache is what a fresh prefill would make of it.
  void rest() {
    complete();
    thread_.run_until([this] {
      return std::ranges::all_of(
          state_.spans, [](const CacheSpan& span) { return span.state == TokenState::kExact; });
    });
  }
  HostedClient& client() { return client_; }
  bool each_request_is_answered_once() const { return client_.replies() == asked_; }

 private:
  static constexpr std::uint32_t kMaxTokens = 4;

  ClientThread& thread_;
  std::filesystem::path file_;
  CacheState state_;
  int asked_ = 0;
  HostedClient client_;
};

/// What a file's cache holds.
struct Cache {
  std::vector<TokenId> tokens;
  std::vector<std::uint64_t> stamps;
  std::vector<std::byte> slots;
  bool operator==(const Cache&) const = default;
};

/// What has come of a session of edits and completions.
struct Outcome {
  std::vector<std::string> texts;        // Of the files.
  std::vector<std::string> completions;  // The last ones.
  std::vector<Cache> caches;             // Once they are exact.
  std::vector<std::string> warnings;     // Those of one of the editors.
  bool on_cpu = false;                   // At the end.
};

/// As small as a model can be: the emulated device takes long for each of the many sessions.
nextline::test::RandomModelOptions small_model() {
  nextline::test::RandomModelOptions options;
  options.architecture = "qwen2";
  options.pre_tokenizer = "qwen2";
  options.vocabulary_size = 284;  // Few tokens that end a text.
  options.matrix_type = gguf::TensorType::kQ8_0;
  return options;
}

/// Which of a site's calls fails.
enum class Occurrence : std::uint8_t { kFirst, kLater };

class DeviceFailureTest : public testing::Test {
 protected:
  void TearDown() override {
    cuda_device::set({});
    cuda_device::reset();
  }

  /// A session for each site, in which one of its calls fails.
  void fail_at_each_site(Occurrence occurrence);

 private:
  /// The session, with one fault or none, on a device that goes through such products; or on the
  /// CPU alone.
  Outcome edit(Products products, const std::optional<Fault>& fault, bool on_cpu = false) {
    products_ = products;
    const nextline::test::TemporaryFolder folder;
    snapshots_ = folder.path() / "snapshots";
    only_cpu_ = on_cpu;
    cuda_device::Settings settings;
    settings.fault = fault;
    cuda_device::set(settings);
    cuda_device::reset();         // Where the last session could not make it forget its failure.
    cuda_device::reset_counts();  // Occurrences are counted from here.
    Outcome outcome;
    read_a_file(outcome);
    expect_nothing_left();
    edit_two_files(outcome);
    expect_nothing_left();
    outcome.caches = {cache_of("/p/a.py"), cache_of("/p/b.py")};
    outcome.on_cpu = is_on_cpu_;
    return outcome;
  }

  ModelHostOptions host_options() {
    return {.load = [this](const std::stop_token&) { return load(); },
            .load_on_cpu = [this](const std::stop_token&) { return load_on_cpu(); },
            .unload = [this] { backend_.reset(); },
            .engine = {.snapshots = {.folder = snapshots_}},
            .refresh = {.pause = std::chrono::milliseconds(1), .threads = 1}};
  }

  /// As `--device auto` does.
  Result<Backend*> load() {
    is_on_cpu_ = false;
    const auto devices = cuda::find_devices();
    if (only_cpu_ || !devices || !devices->front().obstacle.empty()) return load_on_cpu();
    auto made = cuda::create_backend(*model_, {.few_rows = nextline::test::few_rows_of(products_)});
    if (!made) return load_on_cpu();
    backend_ = std::move(*made);
    return backend_.get();
  }
  Result<Backend*> load_on_cpu() {
    is_on_cpu_ = true;
    backend_.reset();
    cuda::release_devices();
    backend_ = nextline::test::cpu_backend(*model_);
    return backend_.get();
  }

  /// One file is opened, completed and closed; then all clients go, and the model.
  void read_a_file(Outcome& outcome) {
    ClientThread thread;
    {
      ModelHost host(host_options());
      Editor a(host, thread, "/p/a.py");
      a.open("import os\n\ndef area(width, height):\n    return width * ");
      a.complete();
      EXPECT_TRUE(a.each_request_is_answered_once());
      outcome.warnings = a.client().warnings();
    }
    backend_.reset();
    cuda::release_devices();
  }

  void edit_two_files(Outcome& outcome) {
    ClientThread thread;
    {
      ModelHost host(host_options());
      Editor a(host, thread, "/p/a.py");
      Editor b(host, thread, "/p/b.py");
      a.open("import os\n\ndef area(width, height):\n    return width * h");
      b.open("while True:\n    run");
      a.complete();
      b.complete();
      a.client().type_in_front("import re\n");
      b.client().type("(one");
      b.rest();
      b.client().close();
      a.complete();
      b.open("while True:\n    run(one, two");
      a.client().type("eight\n");
      a.client().type_in_front("#!/usr/bin/python\n");
      a.complete();
      // From here on nothing fails any more: what can be compared is to be made and kept.
      cuda_device::set({});
      a.rest();
      b.rest();
      outcome.completions = {a.complete(), b.complete()};
      outcome.texts = {a.client().text(), b.client().text()};
      EXPECT_TRUE(a.each_request_is_answered_once());
      EXPECT_TRUE(b.each_request_is_answered_once());
      EXPECT_EQ(a.client().warnings(), b.client().warnings());
      std::ranges::copy(a.client().warnings(), std::back_inserter(outcome.warnings));
      EXPECT_EQ(host.gauges().device_failure.empty(), a.client().warnings().empty());
    }
    backend_.reset();
    cuda::release_devices();
  }

  static void expect_nothing_left() {
    EXPECT_FALSE(cuda_device::has_context());
    EXPECT_EQ(cuda_device::bytes_in_use(), 0U);
    EXPECT_EQ(cuda_device::pinned_bytes_in_use(), 0U);
    EXPECT_EQ(cuda_device::handles_in_use(), cuda_device::HandlesInUse());
  }

  Cache cache_of(const std::filesystem::path& file) {
    const auto reader = nextline::test::cpu_backend(*model_);
    SnapshotKeeper keeper(*reader, {.folder = snapshots_});
    const auto storage = reader->create_storage(4096).value();
    const auto snapshot = keeper.load(file, *storage);
    if (!snapshot) return {};
    const std::span<const std::byte> slots = snapshot->slots.span();
    return {snapshot->tokens, snapshot->stamps, {slots.begin(), slots.end()}};
  }

  nextline::test::TestModel model_{small_model()};
  std::filesystem::path snapshots_;
  std::unique_ptr<Backend> backend_;  // The hosts' threads'.
  Products products_ = Products::kOwnKernels;
  bool only_cpu_ = false;
  std::atomic<bool> is_on_cpu_ = false;
};

void expect_same(const Outcome& outcome, const Outcome& expected) {
  EXPECT_EQ(outcome.texts, expected.texts);
  EXPECT_EQ(outcome.completions, expected.completions);
  for (const Cache& cache : outcome.caches) EXPECT_FALSE(cache.tokens.empty());
  EXPECT_TRUE(outcome.caches == expected.caches);
}

bool gives_back(const CallSite& site) {
  return site.function.find("Free") != std::string_view::npos ||
         site.function.find("Destroy") != std::string_view::npos;
}

bool allocates(const CallSite& site) {
  return site.function.find("Malloc") != std::string_view::npos;
}

/// Of different kinds, one after the other. Nothing where that would be the same once more: what
/// gives something back does so in any case, and can only tell of what has failed before.
std::optional<Fault> fault_at(const CallSite& site, Occurrence occurrence, std::uint64_t calls,
                              bool is_odd) {
  if (occurrence == Occurrence::kLater) {
    if (gives_back(site)) return std::nullopt;
    return Fault{site, 1 + calls * 2 / 3, is_odd ? FaultKind::kRefused : FaultKind::kOutOfMemory};
  }
  if (allocates(site)) return Fault{site, 1, FaultKind::kOutOfMemory};
  return Fault{site, 1, is_odd ? FaultKind::kLostDevice : FaultKind::kLaunchFailure};
}

void DeviceFailureTest::fail_at_each_site(Occurrence occurrence) {
  const Outcome on_cpu = edit({}, {}, true);
  ASSERT_TRUE(on_cpu.on_cpu);
  std::set<CallSite> sites;
  std::size_t failures = 0;
  for (const Products products : {Products::kOwnKernels, Products::kCublas}) {
    const Outcome on_device = edit(products, {});
    ASSERT_FALSE(on_device.on_cpu);
    const auto all_calls = cuda_device::calls();
    for (const auto& [site, calls] : all_calls) {
      if (!sites.insert(site).second) continue;
      const auto fault = fault_at(site, occurrence, calls, sites.size() % 2 == 1);
      if (!fault) continue;
      SCOPED_TRACE(description(site) + ", occurrence " + std::to_string(fault->occurrence) +
                   ", kind " + std::to_string(static_cast<int>(fault->kind)));
      const Outcome outcome = edit(products, *fault);
      expect_same(outcome, outcome.on_cpu ? on_cpu : on_device);
      EXPECT_LE(outcome.warnings.size(), 1U);
      for (const std::string& warning : outcome.warnings) {
        EXPECT_THAT(warning, testing::EndsWith("on the CPU until the model is loaded again."));
      }
      failures += outcome.warnings.size();
      if (HasFailure()) return;
    }
  }
  RecordProperty("sites", static_cast<int>(sites.size()));
  RecordProperty("failures", static_cast<int>(failures));
  EXPECT_GT(failures, sites.size() / 4);
}

TEST_F(DeviceFailureTest, WhereverItFailsTheSessionEndsAsOnTheCpuAloneAndItIsSaidOnce) {
  fail_at_each_site(Occurrence::kFirst);
}

TEST_F(DeviceFailureTest, WhereverItFailsLaterToo) { fail_at_each_site(Occurrence::kLater); }

}  // namespace
}  // namespace nextline::lsp::test
