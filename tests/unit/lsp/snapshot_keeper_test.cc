#include "lsp/completion/snapshot_keeper.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "lsp/completion/completer.h"
#include "tests/support/breakable_backend.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/temporary_folder.h"

namespace nextline::lsp {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

const std::string kText = R"(import os

def area(width, height):
    return width * height

def volume(width, height, depth):
    return area(width, height) * depth
)";

class SnapshotKeeperTest : public testing::Test {
 protected:
  static nextline::test::RandomModelOptions filling() {
    nextline::test::RandomModelOptions options = nextline::test::every_type("qwen2");
    options.vocabulary_size = 284;
    options.pre_tokenizer = "qwen2";
    return options;
  }

  CompletionEngine::Options options() const {
    return {.snapshots = {.folder = folder_.path() / "snapshots"}};
  }
  std::size_t kept() const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(options().snapshots.folder)) {
      count += entry.is_regular_file() ? 1 : 0;
    }
    return count;
  }

  /// The file is opened, completed at `offset` and closed, all by a server of its own. Returns the
  /// tokens that the completion took.
  CompletionTokens edit(const fs::path& file, const std::string& text, std::size_t offset) {
    CompletionEngine engine(*backend_, options());
    Completer completer(engine, {.max_tokens = 4});
    completer.open(kDocument, std::make_shared<const std::string>(text), file);
    const auto completion = completer.complete(kDocument, {offset, std::nullopt, 0}, {});
    EXPECT_TRUE(completion);
    completer.close(kDocument);
    return completion->tokens;
  }

  nextline::test::TemporaryFolder folder_;
  nextline::test::TestModel model_{filling()};
  std::unique_ptr<Backend> backend_ = nextline::test::cpu_backend(*model_);
  static constexpr DocumentId kDocument{1};
};

TEST_F(SnapshotKeeperTest, AFileThatIsOpenedAgainIsServedFromItsSnapshot) {
  const CompletionTokens first = edit("/p/shapes.py", kText, kText.size());
  EXPECT_EQ(first.reused, 0U);
  const CompletionTokens second = edit("/p/shapes.py", kText, kText.size());
  EXPECT_EQ(second.encoded, 1U) << "the last token, for its logits";
  EXPECT_EQ(second.prompt, first.prompt);
}

TEST_F(SnapshotKeeperTest, WhatChangedMeanwhileIsOneMoreEdit) {
  const CompletionTokens first = edit("/p/shapes.py", kText, kText.size());
  const std::string text = "import re\n" + kText;
  const CompletionTokens second = edit("/p/shapes.py", text, text.size());
  EXPECT_GT(second.reused, first.prompt / 3);
}

TEST_F(SnapshotKeeperTest, ADocumentThatIsStillOpenAtTheEndIsKept) {
  {
    CompletionEngine engine(*backend_, options());
    Completer completer(engine, {.max_tokens = 4});
    completer.open(kDocument, std::make_shared<const std::string>(kText), "/p/shapes.py");
    ASSERT_TRUE(completer.complete(kDocument, {kText.size(), std::nullopt, 0}, {}));
  }
  EXPECT_EQ(edit("/p/shapes.py", kText, kText.size()).encoded, 1U);
}

TEST_F(SnapshotKeeperTest, TheCursorIsWhereItWas) {
  const std::size_t offset = kText.find("    return area");
  edit("/p/shapes.py", kText, offset);
  CompletionEngine engine(*backend_, options());
  Completer completer(engine, {.max_tokens = 4});
  completer.open(kDocument, std::make_shared<const std::string>(kText), "/p/shapes.py");
  ASSERT_TRUE(completer.prepare(kDocument, {}));
  EXPECT_EQ(engine.sessions().documents().size(), 1U);
  const auto completion = completer.complete(kDocument, {offset, std::nullopt, 0}, {});
  ASSERT_TRUE(completion);
  EXPECT_LE(completion->tokens.encoded, 1U);
}

TEST_F(SnapshotKeeperTest, SecretsAndDocumentsWithoutAFileAreNotKept) {
  edit("/p/.env", kText, 3);
  edit("/home/a/.ssh/config", kText, 3);
  edit("", kText, 3);
  EXPECT_FALSE(fs::exists(options().snapshots.folder));
}

TEST_F(SnapshotKeeperTest, ALinkToASecretIsASecret) {
  const fs::path link = folder_.path() / "harmless.txt";
  std::ofstream(folder_.path() / "host.key") << "x";
  fs::create_symlink(folder_.path() / "host.key", link);
  edit(link, kText, 3);
  EXPECT_FALSE(fs::exists(options().snapshots.folder));
}

TEST_F(SnapshotKeeperTest, AFileHasOneSnapshotHoweverItsPathIsWritten) {
  edit("/p/shapes.py", kText, kText.size());
  EXPECT_EQ(edit("/p/q/../shapes.py", kText, kText.size()).encoded, 1U);
  EXPECT_EQ(kept(), 1U);
}

TEST_F(SnapshotKeeperTest, ADamagedSnapshotIsRefusedAndReplaced) {
  const CompletionTokens first = edit("/p/shapes.py", kText, kText.size());
  for (const auto& entry : fs::directory_iterator(options().snapshots.folder)) {
    fs::resize_file(entry.path(), fs::file_size(entry.path()) - 1);
  }
  EXPECT_EQ(edit("/p/shapes.py", kText, kText.size()).encoded, first.encoded);
  EXPECT_EQ(edit("/p/shapes.py", kText, kText.size()).encoded, 1U);
}

TEST_F(SnapshotKeeperTest, NothingIsKeptWhereOnlyTheTextBeforeAnEditIs) {
  CompletionEngine::Options prefix = options();
  prefix.reuse = Reuse::kCommonPrefix;
  CompletionEngine engine(*backend_, prefix);
  Completer completer(engine, {.max_tokens = 4});
  completer.open(kDocument, std::make_shared<const std::string>(kText), "/p/shapes.py");
  ASSERT_TRUE(completer.complete(kDocument, {3, std::nullopt, 0}, {}));
  completer.close(kDocument);
  EXPECT_FALSE(fs::exists(options().snapshots.folder));
}

TEST_F(SnapshotKeeperTest, OneOfADocumentThatStaysOpenIsWrittenNowAndThen) {
  SnapshotKeeper::Clock::time_point now{};
  SnapshotKeeper keeper(*backend_, options().snapshots, [&] { return now; });
  auto session = Session::create(*backend_, {});
  ASSERT_TRUE(session);
  const auto keep = [&](const std::string& text) {
    session->open(text, {});
    EXPECT_TRUE(session->encode(64));
    keeper.keep_now_and_then("/p/shapes.py", text, *session);
    keeper.finish();
  };
  const auto is_kept = [&](const std::string& text) {
    const auto snapshot =
        SnapshotKeeper(*backend_, options().snapshots).load("/p/shapes.py", session->storage());
    return snapshot && snapshot->text_hash == hash_128(std::as_bytes(std::span(text)));
  };
  keep("first");
  EXPECT_TRUE(is_kept("first"));
  now += seconds(119);
  keep("second");
  EXPECT_TRUE(is_kept("first"));
  now += seconds(1);
  keep("third");
  EXPECT_TRUE(is_kept("third"));
}

TEST_F(SnapshotKeeperTest, OfADeviceThatHasFailedNothingIsKept) {
  nextline::test::BreakableBackend breakable(*backend_);
  CompletionEngine engine(breakable, options());
  Completer completer(engine, {.max_tokens = 4});
  completer.open(kDocument, std::make_shared<const std::string>(kText), "/p/shapes.py");
  completer.complete(kDocument, {kText.size()}, {}).value();
  breakable.break_after(0);
  completer.change(kDocument, std::make_shared<const std::string>("x" + kText), [] {
    Replacements one;
    one.add(0, 0, 1);
    return one;
  }());
  EXPECT_FALSE(completer.prepare(kDocument, {}));
  completer.close(kDocument);
  engine.snapshots()->finish();
  EXPECT_FALSE(fs::exists(options().snapshots.folder));
}

}  // namespace
}  // namespace nextline::lsp
