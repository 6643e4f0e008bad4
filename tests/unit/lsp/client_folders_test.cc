#include "lsp/client_folders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nextline::lsp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

InitializeParams params(std::vector<WorkspaceFolder> folders, std::optional<std::string> root) {
  InitializeParams result;
  result.workspace_folders = std::move(folders);
  result.root_uri = std::move(root);
  return result;
}

TEST(ClientFolders, AreThoseThatTheClientNamesOrElseItsRoot) {
  ClientFolders named;
  named.begin(params({{"file:///a", "a"}, {"file:///b%20c/", "b"}}, "file:///root"));
  EXPECT_THAT(named.paths(), ElementsAre("/a", "/b c"));
  ClientFolders root;
  root.begin(params({}, "file:///root"));
  EXPECT_THAT(root.paths(), ElementsAre("/root"));
  ClientFolders none;
  none.begin(params({}, std::nullopt));
  EXPECT_THAT(none.paths(), IsEmpty());
}

TEST(ClientFolders, ComeAndGo) {
  ClientFolders folders;
  folders.begin(params({{"file:///a", "a"}}, std::nullopt));
  folders.change({.added = {{"file:///b", "b"}}, .removed = {{"file:///a", "a"}}});
  EXPECT_THAT(folders.paths(), ElementsAre("/b"));
  folders.change({.added = {}, .removed = {{"file:///never", "n"}}});
  EXPECT_THAT(folders.paths(), ElementsAre("/b"));
}

TEST(ClientFolders, OnOtherMachinesAndTwiceAreLeftOut) {
  ClientFolders folders;
  folders.begin(params({{"vscode-remote://x/a", "a"},
                        {"nonsense", "n"},
                        {"", ""},
                        {"file:///a/", "a"},
                        {"file:///a", "a"},
                        {"file:///x/../a", "a"}},
                       "file:///root"));
  EXPECT_THAT(folders.paths(), ElementsAre("/a"));
}

TEST(ChangedFiles, AreThoseOnThisMachine) {
  EXPECT_THAT(changed_files({{"file:///w/a%23.py", "untitled:a", ""}}), ElementsAre("/w/a#.py"));
}

TEST(ClientFolders, BeyondTheMostAreLeftOutUntilOthersHaveGone) {
  ClientFolders folders;
  std::vector<WorkspaceFolder> many;
  for (std::size_t i = 0; i < ClientFolders::kMost; ++i) {
    many.push_back({"file:///" + std::to_string(i), ""});
  }
  EXPECT_TRUE(folders.begin(params(many, std::nullopt)));
  EXPECT_TRUE(folders.change({.added = {many.front()}, .removed = {}})) << "it is there already";
  const WorkspaceFolder more{"file:///more", ""};
  EXPECT_FALSE(folders.change({.added = {more}, .removed = {}}));
  EXPECT_EQ(folders.paths().size(), ClientFolders::kMost);
  EXPECT_TRUE(folders.change({.added = {more}, .removed = {many.front()}}));
  EXPECT_THAT(folders.paths(), testing::Contains("/more"));
}

}  // namespace
}  // namespace nextline::lsp
