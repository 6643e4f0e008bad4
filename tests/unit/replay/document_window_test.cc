#include "server/replay/document_window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/replay/random.h"
#include "tests/unit/replay/sample_code.h"
#include "tests/unit/tokenizer/hand_made_vocabulary.h"

namespace nextline::replay {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

/// A token for each byte.
const Tokenizer& bytes() {
  static const Tokenizer tokenizer = *Tokenizer::create(test::HandMadeVocabulary());
  return tokenizer;
}

/// A hundred lines of ten bytes, the last of them line ends.
Document long_document() {
  std::string text;
  for (int i = 100; i < 200; ++i) text += "line = " + std::to_string(i).substr(1) + "\n";
  return document_at(Language::kPython, text, 60);
}

TEST(DocumentWindow, ADocumentThatFitsStaysWhole) {
  const Document document = long_document();
  const Document window = cut_to_window(document, bytes(), 4000);
  EXPECT_EQ(window.text, document.text);
  EXPECT_EQ(window.cursor, document.cursor);
}

TEST(DocumentWindow, KeepsTheHeadWhatIsBeforeAndSomeOfWhatIsBehind) {
  const Document window = cut_to_window(long_document(), bytes(), 160);
  EXPECT_EQ(window.awaited, "line = 60");
  EXPECT_THAT(window.text.substr(0, window.cursor),
              StartsWith("line = 00\nline = 01\nline = 51\n"));
  EXPECT_THAT(window.text.substr(0, window.cursor), EndsWith("line = 59\n"));
  EXPECT_EQ(window.text.substr(window.cursor), "\nline = 61\nline = 62\nline = 63\nline = 64\n");
}

TEST(DocumentWindow, WhatIsNotUsedBehindServesWhatIsBefore) {
  std::string text = long_document().text.substr(0, 600);
  const Document window = cut_to_window(document_at(Language::kPython, text, 59), bytes(), 200);
  EXPECT_GE(window.text.size(), 190u);
}

TEST(DocumentWindow, TheHeadBeginsBehindWhatIsSaidOfTheFile) {
  std::string text = "# Licensed\n# to nobody.\n\nimport os\n";
  for (int i = 0; i < 50; ++i) text += "x = 1\n";
  const Document window = cut_to_window(document_at(Language::kPython, text, 50), bytes(), 100);
  EXPECT_THAT(window.text, StartsWith("import os\nx = 1\n"));
}

TEST(DocumentWindow, CutsNoStringAndNoImport) {
  std::string text = "from a import (\n    b,\n    c,\n    d)\n";
  for (int i = 0; i < 20; ++i) text += "x = 1\n";
  text += "y = '''\n" + std::string(20, 'z') + "\n" + std::string(20, 'z') + "'''\n";
  for (int i = 0; i < 9; ++i) text += "w = 1\n";
  text += "line = 1\n";
  const Document document = document_at(Language::kPython, text, 36);
  ASSERT_EQ(document.awaited, "line = 1");
  for (std::size_t tokens = 60; tokens < 250; ++tokens) {
    const Document window = cut_to_window(document, bytes(), tokens);
    const auto has = [&](const char* part) { return window.text.find(part) != std::string::npos; };
    EXPECT_EQ(has("from a"), has("d)\n")) << tokens;
    EXPECT_TRUE(has("y = '''") || !has("zz")) << tokens;
  }
}

TEST(DocumentWindow, NeverHasMoreTokensNorMovesTheCursorOffItsLine) {
  Random random(1);
  for (const Language language : {Language::kPython, Language::kJava}) {
    const SourceLines lines(sample(language));
    for (int i = 0; i < 200; ++i) {
      const Document document =
          document_at(language, sample(language), random.below(lines.count()));
      const std::size_t most = 20 + random.below(1200);
      const Document window = cut_to_window(document, bytes(), most);
      ASSERT_LE(bytes().encode(window.text).size(), most);
      ASSERT_TRUE(window.cursor == 0 || window.text[window.cursor - 1] == '\n');
      ASSERT_TRUE(
          document.text.substr(document.cursor).starts_with(window.text.substr(window.cursor)));
    }
  }
}

TEST(DocumentWindow, TellsWhereWhatIsLeftStood) {
  const Document document = long_document();
  const DocumentWindow window = window_of(document, bytes(), 160);
  const auto line = [](std::size_t number) { return lsp::ByteSpan{10 * number, 10 * number + 10}; };
  EXPECT_EQ(window.place_of(line(0)), line(0));
  EXPECT_EQ(window.place_of(line(30)), std::nullopt);
  EXPECT_EQ(window.place_of({10, 30}), std::nullopt) << "It was cut through.";
  const auto last = window.place_of(line(59));
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->of(window.document.text), "line = 59\n");
  EXPECT_EQ(last->last, window.document.cursor);
}

}  // namespace
}  // namespace nextline::replay
