#include "server/bench/generated_code.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace nextline::bench {
namespace {

std::vector<std::string> documents(std::uint64_t seed, std::size_t count) {
  GeneratedCode code(seed);
  std::vector<std::string> documents;
  for (std::size_t i = 0; i < count; ++i) documents.push_back(code.next_document());
  return documents;
}

TEST(GeneratedCodeTest, IsTheSameForTheSameSeed) {
  EXPECT_EQ(documents(1, 50), documents(1, 50));
  EXPECT_NE(documents(1, 50), documents(2, 50));
}

TEST(GeneratedCodeTest, RepeatsItselfAsCodeDoes) {
  std::map<std::string, std::size_t> lines;
  std::size_t count = 0;
  for (const std::string& document : documents(1, 2000)) {
    EXPECT_FALSE(document.empty());
    std::istringstream stream(document);
    for (std::string line; std::getline(stream, line); ++count) ++lines[line];
  }
  const auto once = static_cast<std::size_t>(
      std::ranges::count_if(lines, [](const auto& line) { return line.second == 1; }));
  EXPECT_GT(once, count / 20);
  EXPECT_LT(once, count / 2);
}

}  // namespace
}  // namespace nextline::bench
