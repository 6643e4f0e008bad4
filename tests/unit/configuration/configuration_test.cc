#include "server/configuration/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace nextline::server {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;

/// A folder that is the user's for configurations.
class ConfigurationTest : public testing::Test {
 protected:
  ConfigurationTest() {
    fs::create_directories(folder_ / "nextline");
    ::setenv("XDG_CONFIG_HOME", folder_.c_str(), 1);
  }
  ~ConfigurationTest() override {
    ::unsetenv("XDG_CONFIG_HOME");
    fs::remove_all(folder_);
  }

  fs::path write(const fs::path& name, std::string_view text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }

  const fs::path folder_ =
      fs::path(testing::TempDir()) / ("nextline_configuration_" + std::to_string(::getpid()));
};

TEST_F(ConfigurationTest, IsReadFromTheUsersFolder) {
  write("nextline/config.toml", "threads = 4\n");
  const Configuration configuration = read_default_configuration();
  EXPECT_EQ(configuration.file, folder_ / "nextline/config.toml");
  EXPECT_TRUE(configuration.is_there);
  EXPECT_THAT(configuration.problems, IsEmpty());
  ASSERT_EQ(configuration.says.size(), 1U);
  EXPECT_EQ(configuration.says[0].key, "threads");
}

TEST_F(ConfigurationTest, NeedNotBeThereUnlessItIsNamed) {
  const Configuration none = read_default_configuration();
  EXPECT_FALSE(none.is_there);
  EXPECT_THAT(none.problems, IsEmpty());
  EXPECT_THAT(read_configuration(folder_ / "other.toml").problems,
              ElementsAre(EndsWith("other.toml' cannot be read.")));
}

TEST_F(ConfigurationTest, ThatIsALinkToNowhereOrAFolderCannotBeRead) {
  fs::create_symlink(folder_ / "nowhere", folder_ / "nextline/config.toml");
  EXPECT_THAT(read_default_configuration().problems, ElementsAre(EndsWith("cannot be read.")));
  EXPECT_THAT(read_configuration(folder_).problems, ElementsAre(EndsWith("cannot be read.")));
}

TEST_F(ConfigurationTest, ThatIsNoTomlSaysWhere) {
  const fs::path path = write("bad.toml", "a = 1\nb\n");
  const Configuration configuration = read_configuration(path);
  EXPECT_TRUE(configuration.is_there);
  EXPECT_THAT(configuration.problems, ElementsAre(testing::StartsWith(path.string() + ":2:")));
  EXPECT_THAT(configuration.says, IsEmpty());
}

TEST_F(ConfigurationTest, ThatIsLargerThanAnyIsNotRead) {
  const std::string comment = "#" + std::string((1 << 16) - 1, 'x');
  EXPECT_THAT(read_configuration(write("full.toml", comment)).problems, IsEmpty());
  EXPECT_THAT(read_configuration(write("large.toml", comment + "x")).problems,
              ElementsAre(EndsWith("is larger than 64 KiB.")));
}

TEST_F(ConfigurationTest, TellsItsProblemsInTheOrderOfTheFile) {
  Configuration configuration{"c.toml"};
  configuration.add({{{4, 1}, "Third."}, {{2, 7}, "Second."}, {{2, 1}, "First."}});
  EXPECT_THAT(configuration.problems,
              ElementsAre("c.toml:2:1: First.", "c.toml:2:7: Second.", "c.toml:4:1: Third."));
}

TEST_F(ConfigurationTest, TellsNoMoreProblemsThanAnybodyReads) {
  Configuration configuration{"c.toml"};
  configuration.add(std::vector<FileProblem>(1000, {{1, 1}, "Wrong."}));
  EXPECT_EQ(configuration.problems.size(), 51U);
  EXPECT_EQ(configuration.problems.back(), "c.toml: And 950 more.");
}

}  // namespace
}  // namespace nextline::server
