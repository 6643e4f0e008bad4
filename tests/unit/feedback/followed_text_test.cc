#include "lsp/feedback/followed_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/random.h"

namespace nextline::lsp {
namespace {

using nextline::test::Random;

/// A document in which a text is followed.
class FollowedTextTest : public testing::Test {
 protected:
  void edit(std::size_t offset, std::size_t removed, const std::string& inserted) {
    document_.replace(offset, removed, inserted);
    text_.follow({offset, removed, inserted});
  }
  std::string text() const { return document_.substr(text_.first(), text_.last() - text_.first()); }

  std::string document_ = "before TEXT behind";
  FollowedText text_{7, 11};
};

TEST_F(FollowedTextTest, MovesWithWhatIsBeforeIt) {
  edit(0, 0, "long ");
  edit(0, 5, "");
  edit(2, 3, "x");
  EXPECT_EQ(text(), "TEXT");
  EXPECT_EQ(text_.first(), 5U);
}

TEST_F(FollowedTextTest, MindsNothingBehindIt) {
  edit(12, 6, "");
  edit(11, 1, "!");
  EXPECT_EQ(text(), "TEXT");
}

TEST_F(FollowedTextTest, WhatIsInsertedAtItsEndsIsNotPartOfIt) {
  edit(7, 0, "a");
  edit(12, 0, "b");
  EXPECT_EQ(document_, "before aTEXTb behind");
  EXPECT_EQ(text(), "TEXT");
}

TEST_F(FollowedTextTest, WhatIsInsertedInItIs) {
  edit(9, 0, "--");
  EXPECT_EQ(text(), "TE--XT");
}

TEST_F(FollowedTextTest, BecomesWhatTakesItsPlace) {
  edit(9, 5, "ST");
  EXPECT_EQ(text(), "TEST");
  edit(0, 9, "Say");
  EXPECT_EQ(text(), "SayST");
}

TEST_F(FollowedTextTest, OnceGoneItIsAPlaceBeforeWhatIsTypedThere) {
  edit(6, 6, "");
  EXPECT_EQ(text(), "");
  edit(6, 0, "other");
  EXPECT_EQ(text(), "");
  EXPECT_EQ(text_.first(), 6U);
  edit(0, 6, "");
  EXPECT_EQ(text_.first(), 0U);
}

TEST_F(FollowedTextTest, APlaceWithinWhatIsReplacedIsAtItsBeginning) {
  FollowedText place(7, 7);
  place.follow({5, 4, "abc"});
  EXPECT_EQ(place.first(), 5U);
}

/// The same, byte by byte: each knows whether it belongs to the text.
class NaiveText {
 public:
  NaiveText(const std::string& document, std::size_t first, std::size_t last) {
    for (std::size_t i = 0; i < document.size(); ++i) {
      bytes_.push_back({document[i], i >= first && i < last});
    }
  }
  void follow(const ByteEdit& edit) {
    const auto first = bytes_.begin() + static_cast<std::ptrdiff_t>(edit.offset);
    const auto last = first + static_cast<std::ptrdiff_t>(edit.removed);
    const bool is_within = first != bytes_.begin() && std::prev(first)->belongs &&
                           last != bytes_.end() && last->belongs;
    const bool takes_a_part =
        std::any_of(first, last, [](const Byte& byte) { return byte.belongs; });
    std::vector<Byte> inserted;
    for (const char c : edit.inserted) inserted.push_back({c, is_within || takes_a_part});
    bytes_.insert(bytes_.erase(first, last), inserted.begin(), inserted.end());
  }
  std::string text() const {
    std::string text;
    for (const Byte& byte : bytes_) {
      if (byte.belongs) text += byte.value;
    }
    return text;
  }

 private:
  struct Byte {
    char value;
    bool belongs;
  };
  std::vector<Byte> bytes_;
};

TEST(FollowedText, AfterAnyEditsItHasTheBytesThatBelongToIt) {
  Random random(7);
  std::size_t still_there = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string document;
    for (std::size_t i = 10 + random.below(40); i > 0; --i) {
      document += static_cast<char>('a' + random.below(26));
    }
    const std::size_t first = random.below(document.size());
    const std::size_t last = first + 1 + random.below(document.size() - first);
    FollowedText followed(first, last);
    NaiveText naive(document, first, last);
    for (int i = 0; i < 12; ++i) {
      const std::size_t offset = random.below(document.size() + 1);
      const std::size_t removed =
          random.below(std::min<std::size_t>(8, document.size() - offset) + 1);
      const ByteEdit edit{offset, removed, std::string(random.below(5), 'A')};
      document.replace(offset, removed, edit.inserted);
      followed.follow(edit);
      naive.follow(edit);
      ASSERT_LE(followed.first(), followed.last());
      ASSERT_LE(followed.last(), document.size());
      ASSERT_EQ(document.substr(followed.first(), followed.last() - followed.first()),
                naive.text());
    }
    still_there += followed.first() < followed.last() ? 1 : 0;
  }
  EXPECT_GT(still_there, 500U);
  EXPECT_LT(still_there, 2000U);
}

}  // namespace
}  // namespace nextline::lsp
