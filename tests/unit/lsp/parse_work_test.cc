#include "lsp/syntax/parse_work.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "lsp/syntax/document_syntax.h"
#include "lsp/syntax/symbols.h"
#include "lsp/syntax/syntax_tree.h"

namespace nextline::lsp {
namespace {

constexpr std::chrono::hours kAnyTime{1};

std::string repeated(std::string_view unit, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += unit;
  return text;
}

bool has_tree(const char* path, std::string_view text) {
  return SyntaxTree(*Grammar::of_file(path), text).has_tree();
}

/// What texts that are nothing but errors repeat: each takes longer than the one before it.
struct Garbage {
  const char* path;
  std::string_view unit;
};
constexpr std::array kGarbage = {
    Garbage{"a.py", ")1 "},   Garbage{"a.java", "<a>"}, Garbage{"a.c", "a{"},
    Garbage{"a.cc", ")1 "},   Garbage{"a.js", "'"},     Garbage{"a.ts", "r###"},
    Garbage{"a.tsx", "'''"},  Garbage{"a.go", "`"},     Garbage{"a.rs", "a,"},
    Garbage{"a.lua", "\xFF"}, Garbage{"a.sh", "${"}};

constexpr std::array kSamples = {
    "oracle/sources/interval_set.py",      "oracle/sources/TokenBucket.java",
    "oracle/sources/topological_order.cc", "unit/lsp/samples/ring_buffer.c",
    "unit/lsp/samples/event_bus.js",       "unit/lsp/samples/settings.ts",
    "unit/lsp/samples/TaskList.tsx",       "unit/lsp/samples/recent_cache.go",
    "unit/lsp/samples/word_count.rs",      "unit/lsp/samples/queue.lua",
    "unit/lsp/samples/backup.sh"};

/// A sample again and again, up to ten thousand lines.
std::string long_file(const std::string& sample) {
  std::ifstream file(std::string(NEXTLINE_CODE_SAMPLES) + "/" + sample);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto lines = std::max<std::ptrdiff_t>(1, std::ranges::count(text, '\n'));
  return repeated(text, static_cast<std::size_t>(10'000 / lines));
}

TEST(ParseWork, StepsReadingsAndAllocationsAreWork) {
  count_allocations();
  ParseWork stepping(1000, kAnyTime);
  EXPECT_FALSE(stepping.is_too_much());
  for (int i = 0; i < 11; ++i) stepping.add_report();
  EXPECT_TRUE(stepping.is_too_much());

  ParseWork reading(1000, kAnyTime);
  for (int i = 0; i < 11; ++i) reading.add_reading();
  EXPECT_TRUE(reading.is_too_much());

  ParseWork allocating(1000, kAnyTime);
  for (int i = 0; i < 1000; ++i) const ParserPointer parser(ts_parser_new());
  EXPECT_TRUE(allocating.is_too_much());
}

TEST(ParseWork, ItIsTooMuchWhenItHasTakenTooLong) {
  ParseWork work(~std::uint64_t{0}, std::chrono::nanoseconds(0));
  EXPECT_FALSE(work.is_too_much());
  work.add_report();
  EXPECT_TRUE(work.is_too_much());
}

TEST(ParseWork, GarbageHasNoTree) {
  for (const auto& [path, unit] : kGarbage) {
    EXPECT_FALSE(has_tree(path, repeated(unit, 50'000))) << path;
  }
}

TEST(ParseWork, ALittleGarbageHasATree) {
  for (const auto& [path, unit] : kGarbage) EXPECT_TRUE(has_tree(path, repeated(unit, 50))) << path;
}

TEST(ParseWork, TheSameTextAlwaysHasATreeOrNone) {
  const auto [path, unit] = kGarbage.front();
  // The longest that has a tree, looked for from above and from below.
  std::size_t known = 0;
  for (std::size_t step = 32'768; step > 0; step /= 2) {
    if (has_tree(path, repeated(unit, known + step))) known += step;
  }
  ASSERT_GT(known, 0u);
  for (int again = 0; again < 2; ++again) {
    EXPECT_TRUE(has_tree(path, repeated(unit, known)));
    EXPECT_FALSE(has_tree(path, repeated(unit, known + 1)));
  }
}

TEST(ParseWork, CodeOfTenThousandLinesWithAnErrorHasATree) {
  for (const std::string sample : kSamples) {
    const std::string text = long_file(sample);
    for (const std::string_view error : {"(", "\"", "{ [ if (a", ")}]"}) {
      std::string wrong = text;
      wrong.insert(wrong.find('\n', wrong.size() / 2) + 1, error);
      EXPECT_TRUE(has_tree(sample.c_str(), wrong)) << sample << ": " << error;
    }
  }
}

TEST(ParseWork, AnErrorThatIsTypedIntoTenThousandLinesLeavesTheTree) {
  for (const std::string sample : kSamples) {
    std::string text = long_file(sample);
    SyntaxTree tree(*Grammar::of_file(sample), text);
    std::size_t place = text.find('\n', text.size() / 2) + 1;
    for (const char key : std::string_view("if (a[\n")) {
      const std::string before = text;
      text.insert(place, 1, key);
      const Replacement edit{place, place, place, place + 1};
      tree.update(before, text, {&edit, 1});
      ASSERT_TRUE(tree.has_tree()) << sample << " at " << key;
      ++place;
    }
  }
}

TEST(ParseWork, InGarbageIndentationTells) {
  const std::string before = repeated(")1 ", 50'000) + "\nf {\n  a\n  b\n}\n";
  const std::size_t place = before.find('a');
  std::string after = before;
  after.insert(place, 1, 'c');
  DocumentSyntax syntax("a.cc", before);
  const Replacement edit{place, place, place, place + 1};
  const auto spans = syntax.update(before, after, {&edit, 1});
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(after.substr(spans[0].first, spans[0].last - spans[0].first), "a\n  b");
}

TEST(ParseWork, OfGarbageThereAreNoSymbols) {
  EXPECT_FALSE(Symbols::of("a.py", repeated(")1 ", 50'000)));
}

}  // namespace
}  // namespace nextline::lsp
