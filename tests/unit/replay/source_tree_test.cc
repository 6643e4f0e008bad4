#include "server/replay/source_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temporary_folder.h"

namespace nextline::replay {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SourceTreeTest : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text = "a = 1\n") {
    fs::create_directories((folder_.path() / path).parent_path());
    std::ofstream(folder_.path() / path) << text;
  }

  SourceTree read(const SourceTreeOptions& options = {}) const {
    auto tree = SourceTree::read(folder_.path(), options);
    EXPECT_TRUE(tree) << tree.error().message;
    return std::move(*tree);
  }
  std::vector<std::string> paths(const SourceTreeOptions& options = {}) const {
    std::vector<std::string> found;
    const SourceTree tree = read(options);
    for (const SourceFile& file : tree.files()) found.push_back(file.path);
    return found;
  }

  test::TemporaryFolder folder_;
};

TEST_F(SourceTreeTest, HasTheFilesOfTheLanguagesInTheOrderOfTheirPaths) {
  for (const auto* const path : {"b.py", "a/c.py", "a/B.java", "notes.txt", "a/d.pyc"}) write(path);
  EXPECT_THAT(paths(), ElementsAre("a/B.java", "a/c.py", "b.py"));
  const SourceTree tree = read();
  EXPECT_EQ(tree.files()[0].language, Language::kJava);
  EXPECT_EQ(tree.files()[1].text, "a = 1\n");
}

TEST_F(SourceTreeTest, LeavesOutWhatIsHiddenOrWrittenByTools) {
  for (const auto* const path :
       {".git/a.py", "venv/lib/b.py", "node_modules/c.py", "build/lib/d.py", "setup.py", ".e.py"}) {
    write(path);
  }
  EXPECT_THAT(paths(), ElementsAre("setup.py"));
}

TEST_F(SourceTreeTest, TakesAPackageThatIsCalledBuild) {
  write("src/build/a.py");
  write("setup.py");
  EXPECT_THAT(paths(), ElementsAre("setup.py", "src/build/a.py"));
}

TEST_F(SourceTreeTest, FollowsNoLinks) {
  const test::TemporaryFolder outside;
  std::ofstream(outside.path() / "secret.py") << "key = 1\n";
  write("a.py");
  fs::create_symlink(outside.path() / "secret.py", folder_.path() / "file.py");
  fs::create_directory_symlink(outside.path(), folder_.path() / "folder");
  fs::create_directory_symlink(folder_.path(), folder_.path() / "itself");
  EXPECT_THAT(paths(), ElementsAre("a.py"));
}

TEST_F(SourceTreeTest, CountsWhatIsTooLargeOrNoText) {
  write("a.py");
  write("large.py", std::string(200, '#'));
  write("latin.py", "name = 'caf\xE9'\n");
  write("binary.py", std::string("a\0b", 3));
  EXPECT_THAT(paths({.most_file_bytes = 100}), ElementsAre("a.py"));
  EXPECT_EQ(read({.most_file_bytes = 100}).skipped(), 3u);
}

TEST_F(SourceTreeTest, LeavesTheByteOrderMarkOut) {
  write("a.py", "\xEF\xBB\xBFimport b\n");
  EXPECT_EQ(read().files()[0].text, "import b\n");
}

TEST_F(SourceTreeTest, SaysWhyThereIsNone) {
  const auto missing = SourceTree::read(folder_.path() / "missing");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("missing cannot be read"));
  write("a.py");
  write("b.py");
  EXPECT_FALSE(SourceTree::read(folder_.path(), {.most_bytes = 10}));
  EXPECT_FALSE(SourceTree::read(folder_.path() / "a.py"));
}

}  // namespace
}  // namespace nextline::replay
