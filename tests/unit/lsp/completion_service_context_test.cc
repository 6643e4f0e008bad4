// What the service shows the model of other files.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "lsp/completion/completion_service.h"
#include "lsp/completion/model_host.h"
#include "tests/support/sample_repository.h"
#include "tests/unit/lsp/client_thread.h"
#include "tests/unit/lsp/served_model.h"

namespace nextline::lsp::test {
namespace {

using nextline::test::SampleRepository;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ContextServiceTest : public testing::Test {
 protected:
  void serve(RefreshOptions refresh = {}) {
    refresh.pause = std::chrono::milliseconds(0);
    host_.emplace(ModelHostOptions{
        .load = [this](const std::stop_token&) -> Result<Backend*> { return &model_.gate(); },
        .refresh = refresh});
    service_.emplace(*host_, Completer::Options{.max_tokens = ServedModel::kMaxTokens},
                     [this](auto function) { client_.post(std::move(function)); });
  }
  DocumentId open(const std::string& path, const std::string& text) {
    return service_->open({1, 0, std::make_shared<const Text>(text)}, sample_.path() / path);
  }
  std::vector<ContextSnippet> context_of(DocumentId document) {
    std::optional<std::vector<ContextSnippet>> context;
    service_->show_context(document, [&](const auto& snippets) { context = snippets; });
    client_.run_until([&] { return context.has_value(); });
    return *context;
  }
  /// The same, once there is one; empty if none comes.
  std::vector<ContextSnippet> awaited_context_of(DocumentId document) {
    for (int i = 0; i < 1000; ++i) {
      if (auto context = context_of(document); !context.empty()) return context;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return {};
  }

  const SampleRepository sample_{SampleRepository::Kind::kWithFiles};
  ServedModel model_{"qwen2"};
  ClientThread client_;
  std::optional<ModelHost> host_;
  std::optional<CompletionService> service_;
};

TEST_F(ContextServiceTest, OtherFilesAreSeenWithoutAnybodyDoingAnything) {
  sample_.write("a.py", "def f(): pass\n");
  serve();
  const DocumentId document = open("b.py", "from a import f\nf()\n");
  EXPECT_THAT(context_of(document), IsEmpty()) << "The model is not even there.";
  EXPECT_THAT(awaited_context_of(document), SizeIs(1));
}

TEST_F(ContextServiceTest, AFileThatComesLaterIsSeenOnceSomebodySaysSo) {
  serve();
  const DocumentId document = open("b.py", "from a import f\nf()\n");
  client_.run_until([this] { return service_->has_model(); });
  sample_.write("a.py", "def f(): pass\n");
  service_->files_changed({sample_.path() / "a.py"});
  EXPECT_THAT(awaited_context_of(document), SizeIs(1));
}

TEST_F(ContextServiceTest, FoldersThatAreNamedBeforeTheModelIsThereAreKnownThen) {
  std::filesystem::create_directories(sample_.beside());
  sample_.write("../beside/a.py", "def f(): pass\n");
  serve();
  service_->set_folders({sample_.beside()});
  EXPECT_THAT(awaited_context_of(open("../beside/b.py", "from a import f\nf()\n")), SizeIs(1));
}

TEST_F(ContextServiceTest, WhereNothingIsComputedInPausesThereIsNone) {
  sample_.write("a.py", "def f(): pass\n");
  serve({.enabled = false});
  const DocumentId document = open("b.py", "from a import f\nf()\n");
  client_.run_until([this] { return service_->has_model(); });
  for (int i = 0; i < 10; ++i) EXPECT_THAT(context_of(document), IsEmpty());
}

}  // namespace
}  // namespace nextline::lsp::test
