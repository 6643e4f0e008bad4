#include "server/bench/bench_row.h"

#include <gtest/gtest.h>

#include <vector>

namespace nextline::bench {
namespace {

BenchRow decode_row() {
  BenchRow row;
  row.bench = "decode";
  row.subject = "short";
  row.model = "small";
  row.context = 16;
  row.value = 61.25;
  row.unit = "token/s";
  row.of_limit = 0.5;
  return row;
}

BenchRow verify_row() {
  BenchRow row;
  row.bench = "verify";
  row.model = "small";
  row.batch_rows = 4;
  row.value = 1.5;
  row.unit = "ratio";
  return row;
}

TEST(BenchRowTest, JsonLeavesOutWhatDoesNotApply) {
  const boost::json::object expected = {{"bench", "verify"},
                                        {"model", "small"},
                                        {"batch_rows", 4U},
                                        {"value", 1.5},
                                        {"unit", "ratio"}};
  EXPECT_EQ(to_json(verify_row()), expected);
}

TEST(BenchRowTest, TableHasTheColumnsThatSomeRowHas) {
  EXPECT_EQ(table_of(std::vector{decode_row(), verify_row()}),
            "bench   case   context  rows  median           of limit\n"
            "decode  short       16          61.2  token/s      50 %\n"
            "verify                     4    1.50  ratio\n");
}

}  // namespace
}  // namespace nextline::bench
