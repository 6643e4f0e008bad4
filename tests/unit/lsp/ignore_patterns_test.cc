#include "lsp/workspace/ignore_patterns.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nextline::lsp {
namespace {

using Lines = std::vector<std::string>;

/// Whether lines ignore a file of the workspace, whose only folder is /w.
bool ignores(const Lines& lines, const std::string& path) {
  return IgnorePatterns(lines, {"/w"}).match("/w/" + path);
}

TEST(IgnorePatterns, WithoutASlashMatchAtAnyDepth) {
  EXPECT_TRUE(ignores({"*.sql"}, "a.sql"));
  EXPECT_TRUE(ignores({"*.sql"}, "in/deep/a.sql"));
  EXPECT_FALSE(ignores({"*.sql"}, "a.sql.py"));
  EXPECT_TRUE(ignores({"gen"}, "in/gen/a.py"));
}

TEST(IgnorePatterns, WithASlashMatchFromTheFolderOn) {
  EXPECT_TRUE(ignores({"in/*.py"}, "in/a.py"));
  EXPECT_FALSE(ignores({"in/*.py"}, "in/deep/a.py"));
  EXPECT_FALSE(ignores({"in/*.py"}, "other/in/a.py"));
  EXPECT_TRUE(ignores({"/a.py"}, "a.py"));
  EXPECT_FALSE(ignores({"/a.py"}, "in/a.py"));
}

TEST(IgnorePatterns, TwoStarsStandForAnyNumberOfFolders) {
  EXPECT_TRUE(ignores({"**/a.py"}, "a.py"));
  EXPECT_TRUE(ignores({"in/**/a.py"}, "in/a.py"));
  EXPECT_TRUE(ignores({"in/**/a.py"}, "in/x/y/a.py"));
  EXPECT_TRUE(ignores({"in/**"}, "in/x/a.py"));
  EXPECT_FALSE(ignores({"in/**"}, "in"));
}

TEST(IgnorePatterns, WithASlashAtTheEndAreForFolders) {
  EXPECT_TRUE(ignores({"gen/"}, "in/gen/deep/a.py"));
  EXPECT_FALSE(ignores({"gen/"}, "in/gen"));
}

TEST(IgnorePatterns, OfSeveralLinesTheLastThatMatchesDecides) {
  const Lines lines = {"gen/", "!gen/keep.py", "*.tmp"};
  EXPECT_TRUE(ignores(lines, "gen/a.py"));
  EXPECT_FALSE(ignores(lines, "gen/keep.py"));
  EXPECT_TRUE(ignores(lines, "gen/keep.tmp"));
  EXPECT_FALSE(ignores({"*", "!*.py"}, "in/a.py"));
}

TEST(IgnorePatterns, MayBePathsOfTheMachine) {
  EXPECT_TRUE(IgnorePatterns(Lines{"/etc/**"}, {"/w"}).match("/etc/in/a.conf"));
  EXPECT_FALSE(IgnorePatterns(Lines{"etc/**"}, {"/w"}).match("/etc/in/a.conf"));
}

TEST(IgnorePatterns, OfAFileInNoFolderSeeItsNameAlone) {
  EXPECT_TRUE(IgnorePatterns(Lines{"*.sql"}, {"/w"}).match("/tmp/a.sql"));
  EXPECT_FALSE(IgnorePatterns(Lines{"tmp/"}, {"/w"}).match("/tmp/a.sql"));
  EXPECT_FALSE(IgnorePatterns(Lines{"/a.sql", "**/a.sql"}, {"/w"}).match("/tmp/a.sql"));
  EXPECT_FALSE(IgnorePatterns(Lines{"w/"}, {"/w"}).match("/w/a.sql"));
  EXPECT_FALSE(IgnorePatterns(Lines{"*"}, {"/w"}).match({}));
}

TEST(IgnorePatterns, OfAFileInSeveralFoldersSeeEachPath) {
  const IgnorePatterns patterns(Lines{"/a.py"}, {"/w", "/w/in/"});
  EXPECT_TRUE(patterns.match("/w/a.py"));
  EXPECT_TRUE(patterns.match("/w/in/a.py"));
  EXPECT_FALSE(patterns.match("/w/in/deep/a.py"));
}

TEST(IgnorePatterns, LeaveOutBlankLinesAndComments) {
  EXPECT_FALSE(ignores({"", "  ", "#a.py", "/", "!"}, "a.py"));
  EXPECT_TRUE(ignores({"\\#a.py"}, "#a.py"));
  EXPECT_TRUE(ignores({"a.py  "}, "a.py"));
}

TEST(MatchesName, TakesStarsSetsAndCharacters) {
  EXPECT_TRUE(matches_name("a*c*e", "abcde"));
  EXPECT_TRUE(matches_name("*ab", "aaab"));
  EXPECT_FALSE(matches_name("a*c", "abcd"));
  EXPECT_TRUE(matches_name("?.py", "é.py"));
  EXPECT_FALSE(matches_name("?.py", ".py"));
  EXPECT_TRUE(matches_name("[a-cx].py", "b.py"));
  EXPECT_TRUE(matches_name("[!a-c].py", "é.py"));
  EXPECT_FALSE(matches_name("[!a-c].py", "b.py"));
  EXPECT_TRUE(matches_name("[]-].py", "].py"));
  EXPECT_TRUE(matches_name("[ä-ü].py", "ö.py"));
  EXPECT_TRUE(matches_name("\\*.py", "*.py"));
  EXPECT_FALSE(matches_name("\\*.py", "a.py"));
}

TEST(MatchesName, OfWhatMakesNoSenseNothing) {
  for (const char* pattern : {"[a", "[", "a[!", "[a-"}) EXPECT_FALSE(matches_name(pattern, "a"));
  EXPECT_TRUE(matches_name("a\\", "a\\"));
  EXPECT_TRUE(matches_name("\xFF*", "\xFF\xFE"));
}

TEST(MatchesName, HasAnEndHoweverManyStars) {
  std::string stars;
  for (int i = 0; i < 100; ++i) stars += "*a";
  EXPECT_FALSE(matches_name(stars + "b", std::string(10'000, 'a')));
  const IgnorePatterns patterns(Lines(200, "**/" + stars + "/**/b"), {"/w"});
  std::string path = "/w";
  for (int i = 0; i < 100; ++i) path += "/aaaaaaaaaaaaaaaaaaaaaaaa";
  EXPECT_FALSE(patterns.match(path));
}

}  // namespace
}  // namespace nextline::lsp
