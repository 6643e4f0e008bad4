#include "lsp/completion/preamble_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/engine_fixture.h"
#include "tests/support/sample_repository.h"

namespace nextline::lsp {
namespace {

using nextline::test::SampleRepository;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr DocumentId kA{1};
constexpr DocumentId kB{2};

/// When a context is chosen, by a clock of the test's own.
class PreambleKeeperTest : public testing::Test {
 protected:
  PreambleKeeperTest() {
    sample_.write("paths.py", "def normalise(path): pass\n");
    sample_.write("names.py", "def shorten(name): pass\n");
  }

  static SharedText shared(const std::string& text) {
    return std::make_shared<const std::string>(text);
  }
  /// The document is the one used last, and has this text.
  std::vector<std::string> seen_from(DocumentId document, const std::string& text) {
    const SharedText now = shared(text);
    keeper_.change(document, now);
    keeper_.ask(document, now, text.size());
    keeper_.finish();
    auto session = Session::create(*backend_, {.preamble_tokens = 200});
    keeper_.take_over(document, *session);
    std::vector<std::string> paths;
    for (const auto& snippet : keeper_.snippets_of(document)) paths.push_back(snippet.path);
    return paths;
  }

  const SampleRepository sample_{SampleRepository::Kind::kWithFiles};
  nextline::test::TestModel model_{nextline::test::every_type("qwen2")};
  std::unique_ptr<Backend> backend_ = nextline::test::cpu_backend(*model_);
  PreambleKeeper::Clock::time_point now_ = PreambleKeeper::Clock::now();
  PreambleKeeper keeper_{
      model_->tokenizer(), {.most_tokens = 200}, 2048, {}, [this] { return now_; }};
};

TEST_F(PreambleKeeperTest, ADocumentThatStaysInFocusIsNotChosenForWithEachKey) {
  keeper_.open(kA, shared("x\n"), sample_.path() / "a.py");
  EXPECT_THAT(seen_from(kA, "x = 1\n"), IsEmpty());
  EXPECT_THAT(seen_from(kA, "x = normalise(1)\n"), IsEmpty());
  now_ += PreambleKeeper::kBetweenChoices;
  EXPECT_THAT(seen_from(kA, "x = normalise(1)\n"), ElementsAre("paths.py"));
}

TEST_F(PreambleKeeperTest, ADocumentThatComesIntoFocusIsChosenForAtOnce) {
  keeper_.open(kA, shared("x\n"), sample_.path() / "a.py");
  keeper_.open(kB, shared("y\n"), sample_.path() / "b.py");
  EXPECT_THAT(seen_from(kA, "x = 1\n"), IsEmpty());
  EXPECT_THAT(seen_from(kB, "y = shorten(1)\n"), ElementsAre("names.py"));
  EXPECT_THAT(seen_from(kA, "x = normalise(1)\n"), ElementsAre("paths.py"));
}

TEST_F(PreambleKeeperTest, RoomIsKeptForDocumentsThatMayHaveAPreamble) {
  keeper_.open(kA, shared("x\n"), sample_.path() / "a.py");
  keeper_.open(kB, shared("y\n"), sample_.path() / ".env");
  EXPECT_EQ(keeper_.reserved_for(kA), 200U);
  EXPECT_EQ(keeper_.reserved_for(kB), 0U);
  keeper_.close(kA);
  EXPECT_EQ(keeper_.reserved_for(kA), 0U);
}

TEST_F(PreambleKeeperTest, AFileThatIsSavedForTheFirstTimeIsRead) {
  keeper_.open(kA, shared("x\n"), sample_.path() / "a.py");
  keeper_.open(kB, shared("def expand(path): pass\n"), sample_.path() / "new.py");
  EXPECT_THAT(seen_from(kA, "expand()\n"), IsEmpty()) << "Whether it may be read nobody can know.";
  sample_.write("new.py", "def expand(path): pass\n");
  keeper_.save(kB);
  keeper_.finish();
  now_ += PreambleKeeper::kBetweenChoices;
  EXPECT_THAT(seen_from(kA, "expand()\n"), ElementsAre("new.py"));
}

}  // namespace
}  // namespace nextline::lsp
