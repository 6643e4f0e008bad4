#include "server/replay/other_code.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/replay/sample_code.h"

namespace nextline::replay {
namespace {

using ::testing::AnyOf;

constexpr auto kPython = Language::kPython;

TEST(OtherCode, LinesAreWholeIfNothingIsLeftOpen) {
  const SourceLines lines(kPythonSample);
  const auto line = [&](std::string_view code) {
    std::size_t i = 0;
    while (lines.code(i) != code) ++i;
    return i;
  };
  const std::size_t rounding = line("def round_off(number, digits):");
  EXPECT_TRUE(are_whole(lines, rounding, rounding + 2));
  EXPECT_FALSE(are_whole(lines, rounding, rounding + 1));      // Its body is missing.
  EXPECT_FALSE(are_whole(lines, rounding + 1, rounding + 5));  // Out of one body.
  const SourceLines call("f(\n    1)\ng()\n");
  EXPECT_TRUE(are_whole(call, 0, 2));
  EXPECT_FALSE(are_whole(call, 0, 1));
  EXPECT_FALSE(are_whole(call, 1, 2));
}

TEST(OtherCode, LinesAreIndentedLikeTheDocuments) {
  const Document document = document_awaiting(kPython, "total = sum(lengths)");
  const DocumentCode code(document);
  const OtherCode other(kPython, "if ready:\n    go = 1\n    if go:\n        run = 2\n");
  Random random(1);
  const auto lines = other.lines(code, 3, "      ", random);
  ASSERT_TRUE(lines);
  EXPECT_THAT(*lines, AnyOf("      go = 1\n      if go:\n          run = 2\n",
                            "      if ready:\n          go = 1\n          if go:\n"));
  EXPECT_FALSE(other.lines(code, 9, "", random));
}

TEST(OtherCode, LinesNeverHaveTheAwaitedOne) {
  const Document document = document_awaiting(kPython, "total = sum(lengths)");
  const DocumentCode code(document);
  const OtherCode other(kPython, "    total = sum(lengths)\n  total = sum(lengths)\n");
  Random random(1);
  EXPECT_FALSE(other.lines(code, 1, "", random));
}

TEST(OtherCode, ANameIsWrittenLikeTheOneItReplaces) {
  const Document document = document_awaiting(kPython, "total = sum(lengths)");
  const DocumentCode code(document);
  const OtherCode other(kPython, "MOST = 1\nrow_count = 2\ntotal = 3\ndef find_row(): pass\n");
  Random random(1);
  using lsp::SymbolKind;
  EXPECT_EQ(other.name_like("PRECISION", SymbolKind::kVariable, code, random), "MOST");
  EXPECT_EQ(other.name_like("my_limit", SymbolKind::kVariable, code, random), "row_count");
  EXPECT_EQ(other.name_like("round_off", SymbolKind::kFunction, code, random), "find_row");
  // "total" stands in the document, so that it would be no other name.
  EXPECT_NE(other.name_like("limits", SymbolKind::kVariable, code, random), "total");
  EXPECT_THAT(other.name_like("Polygon", SymbolKind::kClass, code, random),
              AnyOf("Element", "OpenHandle", "FirstPortion", "LastOutcome"));
}

TEST(OtherCode, AVariableIsReplacedByOneWithTheSameParts) {
  const OtherCode other(Language::kJava,
                        "import java.util.List;\n"
                        "class A { int count = 3; String name; A(long size) {} }\n");
  Random random(1);
  using lsp::SymbolKind;
  const auto both = other.other_than({"double", "2.5"}, SymbolKind::kVariable, random);
  ASSERT_TRUE(both);
  EXPECT_EQ(both->type, "int");
  EXPECT_EQ(both->value, "3");
  const auto type = other.other_than({"double", ""}, SymbolKind::kField, random);
  ASSERT_TRUE(type);
  EXPECT_THAT(std::string(type->type), AnyOf("String", "long"));
  const auto origin = other.other_than({"", "org.units"}, SymbolKind::kImport, random);
  ASSERT_TRUE(origin);
  EXPECT_EQ(origin->value, "java.util");
  EXPECT_FALSE(other.other_than({"int", "4"}, SymbolKind::kVariable, random));
}

}  // namespace
}  // namespace nextline::replay
