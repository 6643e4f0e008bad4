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
  row.pass_ms = 30;
  row.single_row_ms = 20;
  row.computed = {.rows = {.before = 16, .count = 4, .asking = 4}, .seconds = 0.03};
  return row;
}

TEST(BenchRowTest, JsonLeavesOutWhatDoesNotApply) {
  const boost::json::object expected = {
      {"bench", "verify"}, {"model", "small"}, {"batch_rows", 4U},     {"value", 1.5},
      {"unit", "ratio"},   {"pass_ms", 30.0},  {"single_row_ms", 20.0}};
  EXPECT_EQ(to_json(verify_row()), expected);
}

TEST(BenchRowTest, TableHasTheColumnsThatSomeRowHas) {
  EXPECT_EQ(table_of(std::vector{decode_row(), verify_row()}),
            "bench   case   context  rows  median           pass ms  of limit\n"
            "decode  short       16          61.2  token/s               50 %\n"
            "verify                     4    1.50  ratio       30.0\n");
}

}  // namespace
}  // namespace nextline::bench
