#include "lsp/history/history_state.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temporary_folder.h"

namespace nextline::lsp {
namespace {

HistoryState sample_state() {
  HistoryState state;
  state.known = {"first", "second"};
  state.reading = {"head", true, "in/ä \"b\"\n.py", {"third"}};
  state.is_complete = false;
  state.segments = {"one.segment", "two.segment"};
  return state;
}

void expect_same(const HistoryState& a, const HistoryState& b) {
  EXPECT_EQ(a.known, b.known);
  EXPECT_EQ(a.is_complete, b.is_complete);
  EXPECT_EQ(a.segments, b.segments);
  ASSERT_EQ(a.reading.has_value(), b.reading.has_value());
  if (!a.reading) return;
  EXPECT_EQ(a.reading->head, b.reading->head);
  EXPECT_EQ(a.reading->has_all_files, b.reading->has_all_files);
  EXPECT_EQ(a.reading->files_behind, b.reading->files_behind);
  EXPECT_EQ(a.reading->waiting, b.reading->waiting);
}

TEST(HistoryState, IsReadAsItWasWritten) {
  for (const HistoryState& state : {sample_state(), HistoryState()}) {
    const auto read = parse_history_state(to_text(state));
    ASSERT_TRUE(read.has_value());
    expect_same(*read, state);
  }
}

TEST(HistoryState, IsNotReadWhereItIsDamaged) {
  const std::string text = to_text(sample_state());
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(parse_history_state(text.substr(0, length)).has_value()) << length;
  }
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string damaged = text;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    EXPECT_FALSE(parse_history_state(damaged).has_value()) << at;
  }
  EXPECT_FALSE(parse_history_state(text + "\n").has_value());
}

TEST(HistoryState, TakesThePlaceOfTheEarlierOne) {
  const test::TemporaryFolder top;
  const auto folder = PrivateFolder::create(top.path() / "index");
  ASSERT_TRUE(folder.has_value());
  EXPECT_FALSE(read_state(*folder, "a.state")->state.has_value());
  ASSERT_TRUE(write_state(*folder, "a.state", {}).has_value());
  ASSERT_TRUE(write_state(*folder, "a.state", sample_state()).has_value());
  const auto read = read_state(*folder, "a.state");
  ASSERT_TRUE(read && read->state);
  expect_same(*read->state, sample_state());

  std::ofstream(folder->path() / "a.state") << "no state";
  const auto damaged = read_state(*folder, "a.state");
  ASSERT_TRUE(damaged.has_value());
  EXPECT_TRUE(damaged->is_damaged);
  EXPECT_FALSE(damaged->state.has_value());
}

}  // namespace
}  // namespace nextline::lsp
