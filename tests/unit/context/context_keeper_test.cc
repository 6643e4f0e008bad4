#include "lsp/context/context_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "tests/support/sample_repository.h"

namespace nextline::lsp {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using test::SampleRepository;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// A keeper, a repository and a folder beside it.
class ContextKeeperTest : public testing::Test {
 protected:
  static constexpr std::size_t kMostSize = 1000;  // In bytes.

  ContextKeeperTest() {
    fs::create_directories(sample_.beside());
    start({});
  }

  void start(ContextIntervals intervals) {
    ContextKeeperOptions options;
    options.on_choice = [this] { ++choices_; };
    options.on_rest = [this] { ++rests_; };
    options.intervals = intervals;
    keeper_ = std::make_unique<ContextKeeper>(options);
  }
  fs::path file(const std::string& path) const { return sample_.path() / path; }
  static auto shared(const std::string& text) { return std::make_shared<const std::string>(text); }

  /// The context of a document with this text, its cursor at the end.
  std::string shown_in(const fs::path& document, const std::string& text) {
    keeper_->open(document, shared(text));
    return shown_again(document);
  }
  std::string shown_again(const fs::path& document) {
    keeper_->choose(document, 1'000'000, kMostSize);
    return shown(document);
  }
  std::string shown(const fs::path& document) {
    EXPECT_TRUE(keeper_->finish());
    const auto context = keeper_->context_of(document);
    return context ? context->text : "nothing was chosen";
  }
  template <typename Condition>
  static bool comes_true(Condition condition) {
    for (int i = 0; i < 2000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(milliseconds(5));
    }
    return false;
  }

  const SampleRepository sample_{SampleRepository::Kind::kWithFiles};
  std::atomic<int> choices_ = 0;
  std::atomic<int> rests_ = 0;
  std::unique_ptr<ContextKeeper> keeper_;
};

TEST_F(ContextKeeperTest, ShowsWhatOtherFilesDefineAndTheDocumentsPath) {
  sample_.write("tools/paths.py", "def normalise(path): pass\n");
  EXPECT_EQ(shown_in(file("a.py"), "from tools.paths import normalise\n"),
            "# tools/paths.py\n"
            "def normalise(path): ...\n"
            "# a.py\n");
  EXPECT_EQ(keeper_->context_of(file("a.py"))->snippets.size(), 1U);
}

TEST_F(ContextKeeperTest, ChoosesNothingUnasked) {
  keeper_->open(file("a.py"), shared("x = 1\n"));
  EXPECT_EQ(shown(file("a.py")), "nothing was chosen");
  EXPECT_EQ(choices_, 0);
}

TEST_F(ContextKeeperTest, SaysWhenItHasDoneSomethingAndComesToRest) {
  EXPECT_TRUE(keeper_->finish());
  EXPECT_EQ(rests_, 0) << "There was nothing to do.";
  keeper_->open(file("a.py"), shared("x = 1\n"));
  EXPECT_TRUE(comes_true([&] { return rests_ > 0; })) << "The folder has been read.";
  EXPECT_TRUE(keeper_->finish());
  const int rests = rests_;
  keeper_->files_changed({file("a.py")});
  EXPECT_TRUE(keeper_->finish());
  EXPECT_GT(rests_, rests) << "It has been read again.";
}

TEST_F(ContextKeeperTest, WhereThereIsNothingToShowTheContextIsEmpty) {
  const fs::path outside = sample_.beside() / "a.py";
  sample_.write("paths.py", "def normalise(path): pass\n");
  EXPECT_THAT(shown_in(file("a.py"), "x = 1\n"), IsEmpty());
  EXPECT_THAT(shown_in(outside, "normalise()\n"), IsEmpty());
  EXPECT_THAT(shown_in(file(".env"), "normalise()\n"), IsEmpty());
}

TEST_F(ContextKeeperTest, FoldersThatAreNamedAreReadToo) {
  sample_.write("paths.py", "def normalise(path): pass\n");
  const fs::path outside = sample_.beside() / "b.py";
  EXPECT_THAT(shown_in(outside, "normalise()\n"), IsEmpty());
  std::filesystem::copy_file(file("paths.py"), sample_.beside() / "others.py");
  keeper_->set_folders({sample_.path(), sample_.beside()});
  EXPECT_THAT(shown(outside), HasSubstr("# others.py\ndef normalise"));
  EXPECT_THAT(shown_in(file("a.py"), "normalise()\n"), HasSubstr("# paths.py\ndef normalise"));
  keeper_->set_folders({sample_.path()});
  EXPECT_THAT(shown(outside), IsEmpty());
}

TEST_F(ContextKeeperTest, SecretsAndIgnoredFilesAreInNoContext) {
  sample_.write(".gitignore", "local.py\n");
  sample_.write("local.py", "def normalise_local(): pass\n");
  sample_.write(".ssh/keys.py", "def normalise_key(): pass\n");
  keeper_->open(file("local.py"), shared("def normalise_local(): pass\n"));
  keeper_->open(file(".ssh/keys.py"), shared("def normalise_key(): pass\n"));
  EXPECT_THAT(shown_in(file("a.py"), "normalise_local(normalise_key())\n"), IsEmpty());
}

TEST_F(ContextKeeperTest, WhatIsTypedStandsForWhatIsSaved) {
  sample_.write("paths.py", "def normalise(path): pass\n");
  keeper_->open(file("paths.py"), shared("def normalise(path, strict): pass\n"));
  EXPECT_THAT(shown_in(file("a.py"), "normalise()\n"), HasSubstr("strict"));
  keeper_->change(file("paths.py"), shared("def normalise(path, lenient): pass\n"));
  EXPECT_THAT(shown_again(file("a.py")), HasSubstr("lenient"));
  keeper_->close(file("paths.py"));
  EXPECT_THAT(shown_again(file("a.py")), HasSubstr("def normalise(path): ..."));
}

TEST_F(ContextKeeperTest, OfWhatIsTypedOnlyTheLastIsLookedAt) {
  sample_.write("paths.py", "\n");
  keeper_->open(file("paths.py"), shared("\n"));
  shown_in(file("a.py"), "normalise()\n");
  for (int i = 0; i < 100; ++i) {
    keeper_->change(file("paths.py"), shared("def normalise(v" + std::to_string(i) + "): pass\n"));
  }
  EXPECT_THAT(shown_again(file("a.py")), HasSubstr("v99"));
}

TEST_F(ContextKeeperTest, FollowsFilesThatAreSaidToHaveChanged) {
  sample_.write("paths.py", "def normalise(path): pass\n");
  EXPECT_THAT(shown_in(file("a.py"), "normalise()\nexpand()\n"), HasSubstr("normalise(path)"));
  const auto before = keeper_->context_of(file("a.py"));
  sample_.write("more.py", "def expand(path): pass\n");
  fs::remove(file("paths.py"));
  EXPECT_THAT(shown(file("a.py")), HasSubstr("normalise")) << "Nobody has said so.";
  EXPECT_EQ(keeper_->context_of(file("a.py")), before);
  keeper_->files_changed({file("paths.py"), file("more.py")});
  EXPECT_THAT(shown(file("a.py")), AllOf(HasSubstr("expand(path)"), Not(HasSubstr("normalise"))));
}

TEST_F(ContextKeeperTest, SeesNowAndThenWhatNobodyTellsOf) {
  ContextIntervals often;
  often.between_readings = milliseconds(20);
  start(often);
  EXPECT_THAT(shown_in(file("a.py"), "normalise()\n"), IsEmpty());
  sample_.write("paths.py", "def normalise(path): pass\n");
  EXPECT_TRUE(comes_true([&] { return !keeper_->context_of(file("a.py"))->text.empty(); }));
}

TEST_F(ContextKeeperTest, TellsOfAChoiceThatIsAnother) {
  sample_.write("paths.py", "def normalise(path): pass\n");
  shown_in(file("a.py"), "normalise()\n");
  EXPECT_EQ(choices_, 1);
  shown_again(file("a.py"));
  EXPECT_EQ(choices_, 1);
  keeper_->change(file("a.py"), shared("x = 1\n"));
  shown_again(file("a.py"));
  EXPECT_EQ(choices_, 1) << "What is shown does no harm.";
}

TEST_F(ContextKeeperTest, WhatIsShownFitsHoweverItsSizeIsCounted) {
  std::string text;
  for (int i = 0; i < 100; ++i) {
    const std::string name = "used_" + std::to_string(i);
    sample_.write(name + ".py", "def " + name + "(): pass\n");
    text += name + "()\n";
  }
  ContextKeeperOptions options;
  options.size_of = [](std::string_view shown) { return shown.size() * 3; };
  keeper_ = std::make_unique<ContextKeeper>(options);
  const std::string shown = shown_in(file("a.py"), text);
  EXPECT_LE(shown.size() * 3, kMostSize);
  EXPECT_GT(shown.size() * 3, kMostSize / 2);
  EXPECT_EQ(shown_again(file("a.py")), shown);
}

TEST_F(ContextKeeperTest, AClosedDocumentHasNoContext) {
  sample_.write("paths.py", "def normalise(path): pass\n");
  shown_in(file("a.py"), "normalise()\n");
  keeper_->close(file("a.py"));
  EXPECT_EQ(shown(file("a.py")), "nothing was chosen");
  keeper_->change(file("never_opened.py"), shared("x = 1\n"));
  keeper_->close(file("never_opened.py"));
  EXPECT_EQ(shown(file("never_opened.py")), "nothing was chosen");
}

TEST_F(ContextKeeperTest, ADocumentThatIsClosedAndOpenedAgainAtOnceKeepsItsContext) {
  sample_.write("paths.py", "def normalise(path): pass\n");
  const std::string before = shown_in(file("a.py"), "normalise()\n");
  keeper_->close(file("a.py"));
  EXPECT_EQ(shown_in(file("a.py"), "normalise()\n"), before);
}

TEST_F(ContextKeeperTest, AnyBytesMayBeTyped) {
  sample_.write("paths.py", "def normalise(path): pass\n");
  for (const std::string& text :
       {std::string(), std::string("normalise\0\xff\xed\xa0\x80", 13), std::string(3'000'000, '('),
        "normalise() #" + std::string(2'000'000, 'x')}) {
    shown_in(file("paths.py"), text);
    shown_in(file("a.py"), text);
  }
}

TEST_F(ContextKeeperTest, EndsInTheMiddleOfReading) {
  for (int i = 0; i < 300; ++i) {
    sample_.write("in/" + std::to_string(i) + ".py", "def normalise(path): pass\n");
  }
  keeper_->set_folders({sample_.path()});
  keeper_->open(file("a.py"), shared("normalise()\n"));
  keeper_.reset();
}

TEST_F(ContextKeeperTest, WaitingForItCanBeStopped) {
  std::stop_source stop;
  stop.request_stop();
  keeper_->set_folders({sample_.path()});
  EXPECT_FALSE(keeper_->finish(stop.get_token()));
}

}  // namespace
}  // namespace nextline::lsp
