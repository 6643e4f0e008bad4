// What a completer shows the model of other files.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "lsp/completion/completer.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/sample_repository.h"

namespace nextline::lsp {
namespace {

using nextline::test::SampleRepository;
using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

constexpr DocumentId kDocument{1};
constexpr DocumentId kOther{2};

const std::string kText =
    "from paths import normalise\n\n\n"
    "def main(folder):\n    for path in folder:\n        print(normalise(path))\n";

/// A repository, a small random model, and what an editor does. A letter is a token.
class CompleterContextTest : public testing::Test {
 protected:
  CompleterContextTest() {
    sample_.write("paths.py", "def normalise(path, strict=False): pass\n");
    start({.most_tokens = 300});
  }

  static nextline::test::RandomModelOptions small() {
    nextline::test::RandomModelOptions options;
    options.architecture = "qwen2";
    options.layers = 2;
    options.vocabulary_size = 284;
    options.context_length = 2048;
    options.pre_tokenizer = "qwen2";
    return options;
  }

  void start(const ContextOptions& context, CompletionEngine::Options options = {}) {
    completer_.reset();
    options.context_length = 2048;
    engine_ = std::make_unique<CompletionEngine>(*backend_, options);
    completer_ = std::make_unique<Completer>(
        *engine_, Completer::Options{.max_tokens = kMaxTokens, .context = context});
  }
  std::filesystem::path file(const std::string& path) const { return sample_.path() / path; }

  void open(DocumentId document, const std::filesystem::path& file, const std::string& text) {
    completer_->open(document, std::make_shared<const std::string>(text), file);
    completer_->move_cursor(document, text.size());
  }
  void prepare(DocumentId document) {
    while (*completer_->prepare(document, {})) {
    }
  }
  void refresh() {
    while (*engine_->refresh(32, 1, {})) {
    }
  }
  /// The user does nothing for long enough.
  void idle(DocumentId document) {
    prepare(document);
    refresh();
    if (completer_->preambles()) completer_->preambles()->finish();
    refresh();
  }
  Completion complete(DocumentId document, std::size_t offset) {
    auto completion = completer_->complete(document, {offset}, {});
    EXPECT_TRUE(completion) << completion.error().message;
    return std::move(*completion);
  }
  /// Types at the text's end, key by key, and completes behind each; the tokens that this encoded.
  std::vector<std::uint32_t> type(DocumentId document, std::string text, const std::string& typed) {
    std::vector<std::uint32_t> encoded;
    for (const char key : typed) {
      Replacements replacements;
      replacements.add(text.size(), 0, 1);
      text += key;
      completer_->change(document, std::make_shared<const std::string>(text), replacements);
      encoded.push_back(complete(document, text.size()).tokens.encoded);
    }
    return encoded;
  }
  /// What a session says that has been given all of it at once.
  Completion completion_behind(const std::string& preamble, const std::string& text) {
    auto session = Session::create(
        *backend_, {.context_length = 2048, .reserved_tokens = kMaxTokens, .preamble_tokens = 300});
    session->set_preamble(preamble);
    session->open(text, {text.size(), text.size()});
    EXPECT_TRUE(session->recompute());
    return *session->complete({.max_tokens = kMaxTokens});
  }

  static constexpr std::uint32_t kMaxTokens = 12;
  const std::string preamble_ = "# paths.py\ndef normalise(path, strict=False): ...\n# a.py\n";
  const SampleRepository sample_{SampleRepository::Kind::kWithFiles};
  nextline::test::TestModel model_{small()};
  std::unique_ptr<Backend> backend_ = nextline::test::cpu_backend(*model_);
  std::unique_ptr<CompletionEngine> engine_;
  std::unique_ptr<Completer> completer_;
};

TEST_F(CompleterContextTest, WhatADocumentUsesStandsInFrontOfItAfterAPause) {
  open(kDocument, file("a.py"), kText);
  const std::uint32_t without = complete(kDocument, kText.size()).tokens.prompt;
  idle(kDocument);
  complete(kDocument, kText.size());
  const Completion with = complete(kDocument, kText.size());
  EXPECT_EQ(with.tokens.prompt, without + model_->tokenizer().encode(preamble_).size());
  EXPECT_EQ(with.tokens.encoded, 0U) << "All of it is exact.";
  EXPECT_EQ(with.text, completion_behind(preamble_, kText).text);
  ASSERT_THAT(completer_->context_of(kDocument), SizeIs(1));
  EXPECT_EQ(completer_->context_of(kDocument).front().path, "paths.py");
}

TEST_F(CompleterContextTest, NoCompletionWaitsForIt) {
  open(kDocument, file("a.py"), kText);
  idle(kDocument);
  open(kOther, file("paths.py"), "def normalise(path, lenient): pass\n");
  idle(kOther);
  complete(kDocument, kText.size());
  ASSERT_FALSE(*engine_->refresh(1, 1, {})) << "Coming back to it asks for what is new.";
  completer_->preambles()->finish();
  ASSERT_TRUE(*engine_->refresh(1, 1, {})) << "It has begun.";
  const Completion completion = complete(kDocument, kText.size());
  EXPECT_LE(completion.tokens.encoded, 1U + 3U) << "What had begun, the markers, the last token.";
  prepare(kDocument);
  EXPECT_EQ(complete(kDocument, kText.size()).tokens.prompt, completion.tokens.prompt)
      << "Only a pause is used for it.";
}

TEST_F(CompleterContextTest, AKeyEncodesItsOwnTokensOnly) {
  open(kDocument, file("a.py"), kText);
  idle(kDocument);
  complete(kDocument, kText.size());
  const auto encoded = type(kDocument, kText, "\n    total = normalise(folder, strict=True)");
  ASSERT_THAT(completer_->context_of(kDocument), SizeIs(1));
  EXPECT_THAT(encoded, Each(Le(3U)));
}

TEST_F(CompleterContextTest, WhatIsTypedInOneDocumentIsSeenFromAnother) {
  open(kOther, file("paths.py"), "def normalise(path, lenient): pass\n");
  open(kDocument, file("a.py"), kText);
  complete(kDocument, kText.size());
  idle(kDocument);
  ASSERT_THAT(completer_->context_of(kDocument), SizeIs(1));
  EXPECT_THAT(completer_->context_of(kDocument).front().text, testing::HasSubstr("lenient"));
}

TEST_F(CompleterContextTest, ADocumentThatIsOpenedLaterIsComputedOnce) {
  open(kOther, file("b.py"), "x = 1\n");
  idle(kOther);
  open(kDocument, file("a.py"), kText);
  completer_->preambles()->finish();
  prepare(kDocument);
  const Completion completion = complete(kDocument, kText.size());
  EXPECT_EQ(completion.tokens.prompt, completion_behind(preamble_, kText).tokens.prompt);
  EXPECT_EQ(completion.text, completion_behind(preamble_, kText).text);
}

TEST_F(CompleterContextTest, ADocumentWithASnapshotIsComputedOnce) {
  const auto start_with_snapshots = [this] {
    start({.most_tokens = 300}, {.snapshots = {.folder = sample_.beside()}});
  };
  start_with_snapshots();
  open(kDocument, file("a.py"), kText);
  idle(kDocument);
  complete(kDocument, kText.size());
  start_with_snapshots();
  open(kDocument, file("a.py"), kText);
  idle(kDocument);
  const Completion completion = complete(kDocument, kText.size());
  EXPECT_EQ(completion.tokens.prompt, completion_behind(preamble_, kText).tokens.prompt);
  EXPECT_LE(completion.tokens.encoded, 3U);
}

TEST_F(CompleterContextTest, ASessionThatComesBackHasItsPreambleAgain) {
  start({.most_tokens = 300}, {.cache_bytes = 1});  // Room for one session.
  open(kDocument, file("a.py"), kText);
  idle(kDocument);
  open(kOther, file("b.py"), "x = 1\n");
  complete(kOther, 6);
  ASSERT_THAT(engine_->sessions().documents(), SizeIs(1));
  complete(kDocument, kText.size());
  prepare(kDocument);
  EXPECT_EQ(complete(kDocument, kText.size()).text, completion_behind(preamble_, kText).text);
}

TEST_F(CompleterContextTest, WhereNoneMayBeThereIsNone) {
  open(kDocument, file(".env"), kText);
  idle(kDocument);
  EXPECT_THAT(completer_->context_of(kDocument), IsEmpty());
  completer_->close(kDocument);
  open(kDocument, {}, kText);
  idle(kDocument);
  EXPECT_THAT(completer_->context_of(kDocument), IsEmpty());

  start({.enabled = false});
  EXPECT_FALSE(completer_->preambles());
  start({}, {.reuse = Reuse::kCommonPrefix});
  EXPECT_FALSE(completer_->preambles()) << "A completion would wait for it.";
}

TEST_F(CompleterContextTest, FoldersAreTheClients) {
  const std::filesystem::path outside = sample_.beside() / "a.py";
  std::filesystem::create_directories(sample_.beside());
  std::filesystem::copy_file(file("paths.py"), sample_.beside() / "paths.py");
  completer_->set_folders({sample_.beside()});
  open(kDocument, outside, kText);
  idle(kDocument);
  EXPECT_THAT(completer_->context_of(kDocument), SizeIs(1));
}

}  // namespace
}  // namespace nextline::lsp
