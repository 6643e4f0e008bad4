#include "lsp/context/workspace_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/sample_repository.h"

namespace nextline::lsp {
namespace {

using test::SampleRepository;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// A repository whose files are read into an index.
class WorkspaceReaderTest : public testing::Test {
 protected:
  void read() {
    while (reader_.step()) {
    }
  }
  void type(const std::string& path, const std::string& text) {
    reader_.set_text(path, std::make_shared<const std::string>(text));
  }

  const SampleRepository sample_{SampleRepository::Kind::kWithFiles};
  SymbolIndex index_;
  WorkspaceReader reader_{index_, sample_.path()};
};

TEST_F(WorkspaceReaderTest, ReadsWhatIsCodeAndMayBeRead) {
  sample_.write(".gitignore", "ignored/\nlocal.py\n");
  for (const char* const path : {"a.py", "in/b.cc", "notes.txt", "ignored/c.py", "local.py",
                                 ".ssh/d.py", "secrets/e.py", "secrets.py", ".env"}) {
    sample_.write(path, "x = 1\n");
  }
  read();
  EXPECT_THAT(index_.paths(),
              UnorderedElementsAre("a.py", "in/b.cc", "secrets.py", "secrets/e.py"));
}

TEST_F(WorkspaceReaderTest, FollowsWhatIsOnDisk) {
  sample_.write("a.py", "def f(): pass\n");
  sample_.write("b.py", "def g(): pass\n");
  read();
  const auto before = index_.file("b.py");
  sample_.write("a.py", "def changed(): pass\n");
  std::filesystem::remove(sample_.path() / "b.py");
  sample_.write("c.py", "def h(): pass\n");
  read();
  EXPECT_THAT(index_.paths(), UnorderedElementsAre("a.py", "c.py"));
  EXPECT_EQ(index_.file_count_of("changed"), 1U);
  sample_.write("a.py", std::string("no\0text", 7));
  read();
  EXPECT_THAT(index_.paths(), ElementsAre("c.py"));
}

TEST_F(WorkspaceReaderTest, WhatIsTypedStandsForWhatIsSaved) {
  sample_.write("a.py", "def saved(): pass\n");
  type("a.py", "def typed(): pass\n");
  read();
  EXPECT_EQ(index_.file_count_of("typed"), 1U);
  type("a.py", "def typed_later(): pass\n");
  EXPECT_EQ(index_.file_count_of("typed_later"), 1U) << "It is known that the file may be read.";
  reader_.set_text("a.py", nullptr);
  read();
  EXPECT_EQ(index_.file_count_of("saved"), 1U);
  EXPECT_EQ(index_.file_count_of("typed_later"), 0U);
}

TEST_F(WorkspaceReaderTest, WhatIsTypedIntoAFileThatMayNotBeReadIsNotRead) {
  sample_.write(".gitignore", "local.py\n");
  for (const char* const path : {".env", "local.py", "notes.txt"}) sample_.write(path, "x = 1\n");
  for (const char* const path : {".env", "local.py", "notes.txt", "not_there.py"}) {
    type(path, "y = 1\n");
  }
  read();
  EXPECT_THAT(index_.paths(), IsEmpty());
}

TEST_F(WorkspaceReaderTest, AnOpenFileThatIsIgnoredFromNowOnIsForgotten) {
  sample_.write("a.py", "x = 1\n");
  type("a.py", "y = 1\n");
  read();
  sample_.write(".gitignore", "a.py\n");
  read();
  EXPECT_THAT(index_.paths(), IsEmpty());
  type("a.py", "z = 1\n");
  EXPECT_THAT(index_.paths(), IsEmpty());
}

TEST_F(WorkspaceReaderTest, WhatIsTypedMustBeTextOfABearableSize) {
  sample_.write("a.py", "x = 1\n");
  for (const std::string& text :
       {std::string("x = 1\0", 6), std::string("x = '\xff'\n"), std::string(10'000, 'x'),
        std::string(std::size_t{1} << 20U, '\n')}) {
    type("a.py", "x = 1\n");
    read();
    ASSERT_THAT(index_.paths(), ElementsAre("a.py"));
    type("a.py", text);
    EXPECT_THAT(index_.paths(), IsEmpty()) << text.substr(0, 10);
  }
}

TEST_F(WorkspaceReaderTest, CountsWhatItChanges) {
  sample_.write("a.py", "x = 1\n");
  read();
  EXPECT_EQ(reader_.changes(), 1U);
  read();
  type("a.py", "x = 1\n");
  EXPECT_EQ(reader_.changes(), 1U) << "Nothing has changed.";
  type("a.py", "y = 1\n");
  EXPECT_EQ(reader_.changes(), 2U);
  std::filesystem::remove(sample_.path() / "a.py");
  read();
  EXPECT_EQ(reader_.changes(), 3U);
}

TEST_F(WorkspaceReaderTest, KeepsWhatALimitHides) {
  sample_.write("a.py", "x = 1\n");
  sample_.write("b.py", "x = 1\n");
  read();
  WorkspaceFilesOptions options;
  options.most_files = 1;
  WorkspaceReader limited(index_, sample_.path(), options);
  while (limited.step()) {
  }
  EXPECT_THAT(index_.paths(), UnorderedElementsAre("a.py", "b.py"));
}

TEST_F(WorkspaceReaderTest, StopsWhereTheIndexIsFull) {
  for (int i = 0; i < 100; ++i) sample_.write(std::to_string(i) + ".py", "x = 1\n");
  SymbolIndex small(30'000);
  WorkspaceReader reader(small, sample_.path());
  while (reader.step()) {
  }
  EXPECT_TRUE(small.file("0.py") != nullptr) << "The first ones stay.";
  EXPECT_LT(small.file_count(), 100U);
}

TEST_F(WorkspaceReaderTest, OfNoFolderReadsNothing) {
  WorkspaceReader reader(index_, sample_.path() / "nowhere");
  while (reader.step()) {
  }
  EXPECT_THAT(index_.paths(), IsEmpty());
}

}  // namespace
}  // namespace nextline::lsp
