#include "server/configuration/configurable_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nextline::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A program with an option of each kind.
class ConfigurableOptionsTest : public testing::Test {
 protected:
  ConfigurableOptionsTest() {
    app_.add_option("--threads", threads_)->check(CLI::Range(1U, 64U));
    app_.add_option("--max-tokens", max_tokens_);
    app_.add_flag("--once", once_)->configurable(false);
    app_.option_defaults()->group("Cache");
    app_.add_option("--cache-memory", memory_)->check(CLI::Range(1U, 4096U));
    app_.add_option("--share", share_);
    app_.add_option("--snapshots", snapshots_)->type_name("on|off");
    app_.add_flag("--no-disk", no_disk_);
    app_.add_flag_callback("--no-history", [this] { history_ = false; });
  }

  /// What is wrong: "LINE:COLUMN: SENTENCE".
  std::vector<std::string> take(std::string_view text) {
    const auto file = parse_toml(text);
    if (!file) return {"no TOML: " + file.error().sentence};
    taken_ = ConfigurableOptions({&app_}).take(*file);
    std::vector<std::string> problems;
    for (const FileProblem& problem : taken_.problems) {
      problems.push_back(to_text("", problem).substr(1));
    }
    return problems;
  }

  CLI::App app_;
  unsigned threads_ = 2;
  unsigned max_tokens_ = 64;
  unsigned memory_ = 1024;
  double share_ = 0.5;
  std::string snapshots_;
  bool once_ = false;
  bool no_disk_ = false;
  bool history_ = true;
  ConfigurableOptions::Taken taken_;
};

TEST_F(ConfigurableOptionsTest, AreCalledByTheirLongNamesInTheTableOfTheirGroup) {
  EXPECT_THAT(take("threads = 8\n[cache]\ncache_memory = 512\nshare = 0.25\n"), IsEmpty());
  EXPECT_EQ(threads_, 8U);
  EXPECT_EQ(memory_, 512U);
  EXPECT_EQ(share_, 0.25);
  EXPECT_EQ(taken_.said.size(), 3U);
}

TEST_F(ConfigurableOptionsTest, AreOverruledByTheCommandLine) {
  EXPECT_THAT(take("threads = 8\n[cache]\ncache_memory = 512\nno_disk = true\n"), IsEmpty());
  app_.parse("--threads 3 --no-disk=false");
  EXPECT_EQ(threads_, 3U);
  EXPECT_EQ(memory_, 512U);
  EXPECT_FALSE(no_disk_);
  EXPECT_EQ(app_.get_option("--cache-memory")->count(), 0U);
}

TEST_F(ConfigurableOptionsTest, TakeFlagsAndSwitchesAsTrueAndFalse) {
  EXPECT_THAT(take("[cache]\nno_disk = true\nno_history = false\nsnapshots = false\n"), IsEmpty());
  EXPECT_TRUE(no_disk_);
  EXPECT_TRUE(history_);
  EXPECT_EQ(snapshots_, "off");
  EXPECT_THAT(take("[cache]\nno_disk = false\nno_history = true\nsnapshots = \"on\"\n"), IsEmpty());
  EXPECT_FALSE(no_disk_);
  EXPECT_FALSE(history_);
  EXPECT_EQ(snapshots_, "on");
  EXPECT_THAT(take("[cache]\nno_disk = 1\n"), ElementsAre("2:11: no_disk must be true or false."));
}

TEST_F(ConfigurableOptionsTest, TakeListsAsTheCommandLineDoes) {
  EXPECT_THAT(take("[cache]\nsnapshots = [\"a\", 1, true]\n"), IsEmpty());
  EXPECT_EQ(snapshots_, "a,1,on");
}

TEST_F(ConfigurableOptionsTest, AreCheckedAsOnTheCommandLine) {
  std::string sentence;
  try {
    app_.parse("--threads 65");
  } catch (const CLI::ParseError& error) {
    sentence = error.what();
  }
  ASSERT_TRUE(sentence.starts_with("--threads: "));
  EXPECT_THAT(take("threads = 65"), ElementsAre("1:11: " + sentence.substr(2) + "."));
}

TEST_F(ConfigurableOptionsTest, ThatAreWrongAreAllTold) {
  EXPECT_THAT(take("threads = \"many\"\n[cache]\ncache_memory = 0\nshare = [[]]\n"
                   "snapshots = {}\n"),
              ElementsAre(testing::StartsWith("1:11: threads: "),
                          testing::StartsWith("3:16: cache_memory: "),
                          "4:9: share must be a text, a number, true or false, or a list of these.",
                          "5:13: snapshots must be a text, a number, true or false, or a list of "
                          "these."));
  EXPECT_THAT(taken_.said, IsEmpty());
  EXPECT_THAT(take("[cache]\nshare = nan\n"), testing::SizeIs(1));
}

TEST_F(ConfigurableOptionsTest, ThatThereAreNotAreNamedAndWhatWasMeant) {
  EXPECT_THAT(take("thread = 1\n[cache]\ncache_memry = 1\nfrobnicate = 1\n"),
              ElementsAre("1:1: There is no option 'thread'. Did you mean 'threads'?",
                          "3:1: There is no option 'cache_memry'. Did you mean 'cache_memory'?",
                          "4:1: There is no option 'frobnicate'."));
  EXPECT_THAT(take("[cahce]\nthreads = 1\n[models]\n[setting]\n"),
              ElementsAre("1:2: There is no table 'cahce'. Did you mean 'cache'?",
                          "3:2: There is no table 'models'.",
                          "4:2: There is no table 'setting'. Did you mean 'settings'?"));
}

TEST_F(ConfigurableOptionsTest, InTheWrongPlaceAreToldWhereTheyBelong) {
  EXPECT_THAT(take("share = 1\n[cache]\nthreads = 4\n"),
              ElementsAre("1:1: The option 'share' belongs into the table [cache].",
                          "3:1: The option 'threads' belongs to the top, before the first table."));
  EXPECT_THAT(take("cache = 2\nsettings = 3\n"),
              ElementsAre("1:1: 'cache' must be a table.", "2:1: 'settings' must be a table."));
}

TEST_F(ConfigurableOptionsTest, AreNotThoseOfTheCommandLineAloneNorSettings) {
  EXPECT_THAT(
      take("once = true\nmax_tokens = 3\n[settings]\nmaxTokens = 3\n"),
      ElementsAre("1:1: The option 'once' is for the command line alone.",
                  "2:1: 'max_tokens' is the setting 'maxTokens', in the table [settings]."));
  EXPECT_FALSE(once_);
  EXPECT_EQ(max_tokens_, 64U);
}

TEST_F(ConfigurableOptionsTest, LeaveNothingBehindThatIsWrong) {
  EXPECT_FALSE(take("threads = 0").empty());
  app_.parse("");
  EXPECT_EQ(threads_, 2U);
}

}  // namespace
}  // namespace nextline::server
