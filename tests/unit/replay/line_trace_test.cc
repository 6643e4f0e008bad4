#include "server/replay/line_trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/sample_repository.h"

namespace nextline::replay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kOld =
    "import os\n\n\ndef first():\n    return 1\n\n\ndef second():\n    return 2\n";
const std::string kNew =
    "import os\nimport sys\n\n\ndef first():\n    value = 1\n\n    return value\n\n\n"
    "def second():\n    return 2\n\n\ndef third():\n    return 1\n";

Releases sample() { return {"sample", "", 0, {{"a.py", kOld}}, {{"a.py", kNew}}}; }

std::vector<std::string> awaited(const LineTrace& trace) {
  std::vector<std::string> lines;
  for (const TracedLine& line : trace.lines) lines.push_back(line.awaited);
  return lines;
}

/// The trace that begins at the first hunk.
LineTrace from_the_beginning(const Releases& releases) {
  for (std::uint64_t seed = 1; seed < 100; ++seed) {
    auto traces = line_traces(releases, {.seed = seed});
    if (traces.size() == 1 && traces[0].old_text == kOld) return traces[0];
  }
  ADD_FAILURE() << "No seed begins there.";
  return {};
}

TEST(LineTrace, AwaitsWhatWasAddedOrChangedInTheOrderOfTheFile) {
  EXPECT_THAT(awaited(from_the_beginning(sample())),
              ElementsAre("import sys", "    value = 1", "    return value",
                          "def third():", "    return 1"));
}

TEST(LineTrace, EachLineStandsBehindTheNewTextAndBeforeTheOldOne) {
  const LineTrace trace = from_the_beginning(sample());
  std::string text = trace.old_text;
  for (const TracedLine& line : trace.lines) {
    for (const TextEdit& edit : line.edits) {
      text.replace(edit.offset, edit.removed, edit.inserted);
    }
    EXPECT_EQ(text.substr(0, line.cursor), kNew.substr(0, line.cursor));
    EXPECT_THAT(kOld, HasSubstr(text.substr(line.cursor)));
    EXPECT_TRUE(kNew.substr(line.cursor).starts_with(line.awaited + "\n"));
  }
}

TEST(LineTrace, TellsLinesThatTheOlderReleaseHas) {
  const LineTrace trace = from_the_beginning(sample());
  std::vector<bool> novel;
  for (const TracedLine& line : trace.lines) novel.push_back(line.is_novel);
  EXPECT_THAT(novel, ElementsAre(true, true, true, true, false));
}

TEST(LineTrace, EndsWhereThereAreEnoughLines) {
  for (const LineTrace& trace : line_traces(sample(), {.lines = 2})) {
    EXPECT_LE(trace.lines.size(), 2U);
  }
}

TEST(LineTrace, OneSeedGivesOneOrder) {
  Releases releases;
  for (const char* name : {"a.py", "b.py", "c.java", "d.py", "e.txt", "new.py"}) {
    releases.old_files[name] = kOld;
    releases.new_files[name] = kNew;
  }
  releases.old_files.erase("new.py");
  const auto ids = [&](std::uint64_t seed) {
    std::vector<std::string> found;
    for (const LineTrace& trace : line_traces(releases, {.seed = seed})) found.push_back(trace.id);
    return found;
  };
  EXPECT_EQ(ids(1), ids(1));
  EXPECT_EQ(ids(1).size(), 4U);  // Files of the two languages that both releases have.
  EXPECT_NE(ids(1), ids(3));
}

TEST(LineTrace, ReleasesAreTheTwoNewestCommits) {
  test::SampleRepository repository;
  EXPECT_FALSE(read_releases(repository.path()));
  repository.commit({{"a.py", "one\n"}});
  EXPECT_FALSE(read_releases(repository.path()));
  const std::string older = repository.commit({{"a.py", kOld}});
  repository.commit({{"a.py", kNew}});
  const auto releases = read_releases(repository.path());
  ASSERT_TRUE(releases) << releases.error().message;
  EXPECT_EQ(releases->old_commit, older);
  EXPECT_EQ(releases->new_time, repository.time());
  EXPECT_EQ(releases->old_files.at("a.py"), kOld);
  EXPECT_EQ(releases->new_files.at("a.py"), kNew);
}

}  // namespace
}  // namespace nextline::replay
