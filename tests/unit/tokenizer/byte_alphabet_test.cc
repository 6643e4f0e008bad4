#include "engine/tokenizer/byte_alphabet.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace nextline {
namespace {

std::string every_byte() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.push_back(static_cast<char>(byte));
  return bytes;
}

TEST(ByteAlphabet, WritesBlankAndNewlineAsGpt2Does) {
  EXPECT_EQ(to_byte_alphabet(" x\n"), "ĠxĊ");
  EXPECT_EQ(to_byte_alphabet("é"), "Ã©");
  EXPECT_EQ(to_byte_alphabet(std::string_view("\0\x7F\xAD\xFF", 4)), "ĀġŃÿ");
}

TEST(ByteAlphabet, HasADistinctCharacterForEachByte) {
  std::set<std::string> characters;
  for (const char byte : every_byte()) characters.insert(to_byte_alphabet({&byte, 1}));
  EXPECT_EQ(characters.size(), 256u);
}

TEST(ByteAlphabet, ReadsWhatItWrote) {
  EXPECT_EQ(from_byte_alphabet(to_byte_alphabet(every_byte())), every_byte());
}

TEST(ByteAlphabet, RefusesWhatIsOutside) {
  EXPECT_EQ(from_byte_alphabet("a b"), std::nullopt);     // A blank is written Ġ.
  EXPECT_EQ(from_byte_alphabet("ń"), std::nullopt);       // U+0144 follows the last letter.
  EXPECT_EQ(from_byte_alphabet("<｜end"), std::nullopt);  // U+FF5C.
  EXPECT_EQ(from_byte_alphabet("\xC3"), std::nullopt);    // Cut off.
  EXPECT_EQ(from_byte_alphabet("\xC3"
                               "a"),
            std::nullopt);                                  // No continuation.
  EXPECT_EQ(from_byte_alphabet("\xC1\xA1"), std::nullopt);  // An overlong "a".
}

}  // namespace
}  // namespace nextline
