#include "lsp/workspace/workspace_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/sample_repository.h"
#include "tests/support/temporary_folder.h"

namespace nextline::lsp {
namespace {

namespace fs = std::filesystem;
using test::SampleRepository;
using test::TemporaryFolder;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

void write(const fs::path& file, std::string_view content = "text\n") {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
}

std::vector<std::string> paths_in(const fs::path& folder, WorkspaceFilesOptions options = {}) {
  WorkspaceFiles files(folder, std::move(options));
  std::vector<std::string> paths;
  while (!files.has_ended()) {
    if (auto file = files.next()) paths.push_back(file->path);
  }
  return paths;
}

TEST(WorkspaceFiles, AreThoseOfAFolderBeforeThoseOfItsFolders) {
  const TemporaryFolder folder;
  for (const char* const path : {"b.py", "a/z.py", "c.py", "a/deep/x.py", "d/y.py"}) {
    write(folder.path() / path);
  }
  EXPECT_THAT(paths_in(folder.path()),
              ElementsAre("b.py", "c.py", "a/z.py", "a/deep/x.py", "d/y.py"));
}

TEST(WorkspaceFiles, HaveTheirSizes) {
  const TemporaryFolder folder;
  write(folder.path() / "a.py", "12345");
  WorkspaceFiles files(folder.path());
  EXPECT_EQ(files.next(), std::nullopt) << "The folder is listed.";
  const auto file = files.next();
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->bytes, 5U);
}

TEST(WorkspaceFiles, LeaveOutWhatNobodyWrote) {
  const TemporaryFolder folder;
  for (const char* const path :
       {"node_modules/a.js", ".hidden/a.py", ".a.py", "go.sum", "a.min.js", "CMakeLists.txt",
        "build/a.cc", "env/pyvenv.cfg", "env/lib/a.py", "src/build/kept.py"}) {
    write(folder.path() / path);
  }
  EXPECT_THAT(paths_in(folder.path()), ElementsAre("CMakeLists.txt", "src/build/kept.py"));
}

TEST(WorkspaceFiles, LeaveOutSecrets) {
  const TemporaryFolder folder;
  for (const char* const path : {".env", "in/secrets.yaml", "server.key", ".ssh/config", "a.py"}) {
    write(folder.path() / path);
  }
  EXPECT_THAT(paths_in(folder.path()), ElementsAre("a.py"));
}

TEST(WorkspaceFiles, LeaveOutWhatTheRepositoryIgnores) {
  const SampleRepository sample(SampleRepository::Kind::kWithFiles);
  sample.write(".gitignore", "*.log\n/output/\n");
  sample.write("in/.gitignore", "local_*.py\n");
  for (const char* const path : {"a.py", "a.log", "output/a.py", "in/local_a.py", "in/a.py"}) {
    sample.write(path, "text\n");
  }
  EXPECT_THAT(paths_in(sample.path()), ElementsAre("a.py", "in/a.py"));
  EXPECT_THAT(paths_in(sample.path() / "in"), ElementsAre("a.py"))
      << "Rules hold in a folder within the repository, too.";
}

TEST(WorkspaceFiles, FollowTheRulesOfRepositoriesWithin) {
  const SampleRepository sample(SampleRepository::Kind::kWithFiles);
  sample.write(".gitignore", "*.log\n");
  sample.write("a.log", "text\n");
  sample.write("a.py", "text\n");
  write(sample.beside() / "b.log");
  write(sample.path().parent_path() / "damaged/.git", "gitdir: nowhere\n");
  write(sample.path().parent_path() / "damaged/a.py");
  EXPECT_THAT(paths_in(sample.path().parent_path()), ElementsAre("beside/b.log", "sample/a.py"));
}

TEST(WorkspaceFiles, DoNotFollowLinks) {
  const TemporaryFolder folder;
  const TemporaryFolder elsewhere;
  write(elsewhere.path() / "secret.py");
  write(folder.path() / "in/a.py");
  fs::create_directory_symlink(folder.path(), folder.path() / "in/circle");
  fs::create_directory_symlink(elsewhere.path(), folder.path() / "out");
  fs::create_symlink(elsewhere.path() / "secret.py", folder.path() / "b.py");
  EXPECT_THAT(paths_in(folder.path()), ElementsAre("in/a.py"));
  EXPECT_EQ(WorkspaceFiles(folder.path()).read("b.py"), std::nullopt);
}

TEST(WorkspaceFiles, DoNotWaitForPipes) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder.path() / "pipe.py").c_str(), 0600), 0);
  EXPECT_THAT(paths_in(folder.path()), IsEmpty());
  EXPECT_EQ(WorkspaceFiles(folder.path()).read("pipe.py"), std::nullopt);
}

TEST(WorkspaceFiles, LeaveOutNamesThatCannotBeShown) {
  const TemporaryFolder folder;
  for (const char* const name : {"bad\xFF.py", "line\nend.py", "größe.py"}) {
    write(folder.path() / name);
  }
  write(folder.path() / "bad\xC3/a.py");
  EXPECT_THAT(paths_in(folder.path()), ElementsAre("größe.py"));
}

TEST(WorkspaceFiles, LeaveOutWhatCannotBeOpened) {
  const TemporaryFolder folder;
  write(folder.path() / "a.py");
  write(folder.path() / "closed/b.py");
  fs::permissions(folder.path() / "closed", fs::perms::none);
  const auto paths = paths_in(folder.path());
  fs::permissions(folder.path() / "closed", fs::perms::owner_all);
  EXPECT_THAT(paths, Contains("a.py"));
  const bool sees_all = ::geteuid() == 0;
  EXPECT_EQ(std::ranges::count(paths, "closed/b.py"), sees_all ? 1 : 0);
  EXPECT_THAT(paths_in(folder.path() / "nowhere"), IsEmpty());
  EXPECT_THAT(paths_in(folder.path() / "a.py"), IsEmpty());
}

TEST(WorkspaceFiles, AreCutAtEachLimit) {
  const TemporaryFolder folder;
  for (const char* const name : {"a", "b", "c", "d"}) write(folder.path() / name, "12345678");
  WorkspaceFilesOptions options;
  options.most_files = 3;
  EXPECT_THAT(paths_in(folder.path(), options), ElementsAre("a", "b", "c"));
  options = {};
  options.most_bytes = 23;
  EXPECT_THAT(paths_in(folder.path(), options), ElementsAre("a", "b"));
  options = {};
  options.most_file_bytes = 7;
  EXPECT_THAT(paths_in(folder.path(), options), IsEmpty());
  options = {};
  options.most_entries = 3;
  EXPECT_THAT(paths_in(folder.path(), options), IsEmpty());
  options = {};
  options.most_folder_entries = 3;
  EXPECT_EQ(paths_in(folder.path(), options).size(), 3U);
}

TEST(WorkspaceFiles, GoOnlySoDeep) {
  const TemporaryFolder folder;
  write(folder.path() / "1/2/3/a.py");
  write(folder.path() / "1/2/b.py");
  WorkspaceFilesOptions options;
  options.deepest = 2;
  EXPECT_THAT(paths_in(folder.path(), options), ElementsAre("1/2/b.py"));
}

TEST(WorkspaceFiles, AreThoseThatAreWanted) {
  const TemporaryFolder folder;
  write(folder.path() / "a.py");
  write(folder.path() / "b.txt");
  WorkspaceFilesOptions options;
  options.is_wanted = [](std::string_view path) { return path.ends_with(".py"); };
  EXPECT_THAT(paths_in(folder.path(), options), ElementsAre("a.py"));
}

TEST(WorkspaceFiles, AreReadIfTheyAreText) {
  const TemporaryFolder folder;
  write(folder.path() / "a.py", "\xEF\xBB\xBFtext\n");
  write(folder.path() / "binary.py", std::string_view("a\0b", 3));
  write(folder.path() / "latin.py", "gr\xF6sse");
  write(folder.path() / "endless.py", std::string(1000, 'x'));
  WorkspaceFilesOptions options;
  options.most_file_bytes = 2000;
  write(folder.path() / "huge.py", std::string(2001, '\n'));
  const WorkspaceFiles files(folder.path(), options);
  EXPECT_EQ(files.read("a.py"), "text\n");
  for (const char* const name : {"binary.py", "latin.py", "endless.py", "huge.py", "none.py"}) {
    EXPECT_EQ(files.read(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace nextline::lsp
