#include "lsp/settings/nearest_name.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace nextline::lsp {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"cache_memory", "refresh", "threads", "top_p"};

TEST(NearestName, IsThatWhichFewChangesLeadTo) {
  for (const std::string_view written :
       {"cache_memry", "cachememory", "cache_memoryy", "cache_mempry", "cahce_memory"}) {
    EXPECT_EQ(nearest_name(written, kNames), "cache_memory") << written;
  }
  EXPECT_EQ(nearest_name("thread", kNames), "threads");
}

TEST(NearestName, IsNoneThatIsFar) {
  for (const std::string_view written : {"model", "", "t", "temperature", "cache"}) {
    EXPECT_EQ(nearest_name(written, kNames), std::nullopt) << written;
  }
}

TEST(NearestName, IsNoneOfALongWord) {
  const std::string long_name(65, 'a');
  const std::array<std::string_view, 1> names = {long_name};
  EXPECT_EQ(nearest_name(long_name, names), std::nullopt);
}

TEST(NearestName, IsNamedInAQuestion) {
  EXPECT_EQ(did_you_mean("threads"), " Did you mean 'threads'?");
  EXPECT_EQ(did_you_mean(std::nullopt), "");
}

}  // namespace
}  // namespace nextline::lsp
