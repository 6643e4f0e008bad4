#include "server/transport/token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>

#include "tests/support/temporary_folder.h"

namespace nextline::server {
namespace {

using ::testing::EndsWith;
using ::testing::MatchesRegex;

class TokenFileTest : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& content, mode_t mode = 0600) const {
    std::ofstream(path_) << content;
    ::chmod(path_.c_str(), mode);
    return path_;
  }
  std::string problem_of(const std::filesystem::path& path) const {
    const auto token = read_token(path);
    return token ? "" : token.error().message;
  }

  const test::TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_.path() / "token";
};

TEST_F(TokenFileTest, HoldsOneWord) {
  EXPECT_EQ(read_token(write("  correct-horse-battery\r\n")), "correct-horse-battery");
}

TEST_F(TokenFileTest, IsForItsOwnerAlone) {
  for (const mode_t mode : {0640U, 0604U, 0620U}) {
    EXPECT_THAT(problem_of(write("correct-horse-battery", mode)),
                EndsWith("others may read it; 'chmod 600' closes it to them."));
  }
}

TEST_F(TokenFileTest, IsRefusedWhereItHoldsNoToken) {
  EXPECT_THAT(problem_of(write("short")), EndsWith("a token has at least 16 characters."));
  EXPECT_THAT(problem_of(write("")), EndsWith("a token has at least 16 characters."));
  EXPECT_THAT(problem_of(write("correct horse battery")),
              EndsWith("a token is one word of printable characters."));
  EXPECT_THAT(problem_of(write(std::string(1'000'000, 'x'))), EndsWith("it is too long."));
  EXPECT_THAT(problem_of(folder_.path()), EndsWith("it is no file."));
  EXPECT_THAT(problem_of(folder_.path() / "none"), EndsWith("No such file or directory."));
}

TEST(Token, IsAnotherOneEachTime) {
  EXPECT_THAT(make_token(), MatchesRegex("[0-9a-f]{64}"));
  EXPECT_NE(make_token(), make_token());
}

TEST(Token, IsEqualToItselfAlone) {
  EXPECT_TRUE(are_equal_tokens("abc", "abc"));
  for (const char* other : {"", "ab", "abcd", "abd", "Abc"}) {
    EXPECT_FALSE(are_equal_tokens(other, "abc")) << other;
  }
}

}  // namespace
}  // namespace nextline::server
