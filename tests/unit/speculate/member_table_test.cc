#include "engine/speculate/member_table.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>

#include "tests/support/random.h"

namespace nextline {
namespace {

// Few homes for many keys, so that they displace each other, also across the end of the array.
TEST(MemberTable, AgreesWithAMapHoweverKeysCollide) {
  test::Random random(9);
  MemberTable<std::uint32_t> table;
  std::map<std::uint32_t, std::uint32_t> map;
  for (int step = 0; step < 40000; ++step) {
    const auto key = static_cast<std::uint32_t>(random.below(8) << 16 | (random.below(60) - 30));
    const bool grows = step / 5000 % 2 == 0;
    if ((random.below(4) != 0) == grows) {
      const auto value = static_cast<std::uint32_t>(1 + random.below(1000));
      table.put(key, value);
      map[key] = value;
    } else if (map.erase(key) != 0) {
      table.erase(key);
    }
    ASSERT_EQ(table.size(), map.size());
    if (step % 16 != 0) continue;
    for (const auto& [present, value] : map) ASSERT_EQ(table.find(present), value);
    ASSERT_EQ(table.find(key), map.contains(key) ? map[key] : 0);
  }
}

}  // namespace
}  // namespace nextline
