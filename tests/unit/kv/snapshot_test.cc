#include "engine/kv/snapshot.h"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/sample_snapshot.h"

namespace nextline {
namespace {

using test::encoded_bytes;
using test::request_of;
using test::sample_snapshot;

Result<Snapshot> decoded(const std::vector<std::byte>& bytes, const SnapshotRequest& request) {
  MemorySource source(bytes);
  return decode(source, request);
}

/// The sentence that a user sees for these bytes; empty if they are read.
std::string sentence(const std::vector<std::byte>& bytes, const SnapshotRequest& request) {
  const auto snapshot = decoded(bytes, request);
  return snapshot ? "" : snapshot.error().message;
}

template <typename Number>
void put(std::vector<std::byte>& bytes, std::size_t offset, Number number) {
  std::memcpy(bytes.data() + offset, &number, sizeof(number));
}

class SnapshotTest : public ::testing::Test {
 protected:
  const Snapshot snapshot_ = sample_snapshot("/a.py", 9, 1);
  const std::vector<std::byte> file_ = encoded_bytes(snapshot_);
  SnapshotRequest request_ = request_of(snapshot_);

  std::string sentence_for_request() const { return sentence(file_, request_); }
};

TEST_F(SnapshotTest, ComesBackAsItWas) {
  const auto again = decoded(file_, request_);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_TRUE(test::are_same(*again, snapshot_));
}

TEST_F(SnapshotTest, SaysInWhichTypeKeysAndValuesAre) {
  for (const KvType type : {KvType::kFloat32, KvType::kFloat16, KvType::kBFloat16}) {
    Snapshot typed = sample_snapshot("/a.py", 9, 1);
    typed.kv_type = type;
    const auto again = decoded(encoded_bytes(typed), request_of(typed));
    ASSERT_TRUE(again.has_value()) << again.error().message;
    EXPECT_EQ(again->kv_type, type);
  }
}

TEST_F(SnapshotTest, MayHaveNoTokensAndNoName) {
  const Snapshot empty = sample_snapshot("", 0, 2);
  const auto again = decoded(encoded_bytes(empty), request_of(empty));
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_TRUE(test::are_same(*again, empty));
}

// What docs/snapshot-format.md promises to other readers: a change of it is a new version.
TEST_F(SnapshotTest, LiesInTheFileAsTheDocumentSays) {
  const std::size_t header = 112 + 5 + 8;
  EXPECT_EQ(file_.size(), header + 9 * (4 + 8 + test::kSampleSlotBytes));
  EXPECT_EQ(std::memcmp(file_.data(), "NXTLSNAP", 8), 0);
  const auto u32 = [&](std::size_t offset) {
    std::uint32_t number = 0;
    std::memcpy(&number, file_.data() + offset, sizeof(number));
    return number;
  };
  EXPECT_EQ(u32(8), 1U);
  EXPECT_EQ(u32(12), header);
  EXPECT_EQ(u32(16), 1U);  // The model's fingerprint, low half first.
  EXPECT_EQ(u32(24), 2U);
  EXPECT_EQ(u32(32), 3U);
  EXPECT_EQ(u32(36), 4U);
  EXPECT_EQ(u32(40), 5U);
  EXPECT_EQ(u32(44), 1U);
  EXPECT_EQ(u32(48), test::kSampleSlotBytes);
  EXPECT_EQ(u32(72), snapshot_.gap);
  EXPECT_EQ(u32(80), 9U);
  EXPECT_EQ(std::memcmp(file_.data() + 112, "/a.py", 5), 0);
  EXPECT_EQ(u32(header), static_cast<std::uint32_t>(snapshot_.tokens[0]));
  std::vector<std::byte> again = file_;
  EXPECT_TRUE(test::set_checksums(again));
  EXPECT_EQ(again, file_);
}

TEST_F(SnapshotTest, IsRefusedWhereverItIsCut) {
  for (std::size_t size = 0; size < file_.size(); ++size) {
    const std::vector<std::byte> cut(file_.begin(),
                                     file_.begin() + static_cast<std::ptrdiff_t>(size));
    ASSERT_EQ(sentence(cut, request_),
              "The snapshot of \"/a.py\" is damaged: the file is shorter than it should be.")
        << size;
  }
}

/// A file that is cut after its size has been asked for.
class CutSource final : public ByteSource {
 public:
  CutSource(const std::vector<std::byte>& file, std::size_t length)
      : rest_(std::span(file).first(length)), size_(file.size()) {}
  std::uint64_t size() const override { return size_; }
  bool read(std::span<std::byte> bytes) override { return rest_.read(bytes); }

 private:
  MemorySource rest_;
  std::uint64_t size_;
};

TEST_F(SnapshotTest, IsRefusedWhereItIsCutWhileItIsRead) {
  for (std::size_t size = 0; size < file_.size(); ++size) {
    CutSource source(file_, size);
    ASSERT_FALSE(decode(source, request_).has_value()) << size;
  }
}

TEST_F(SnapshotTest, IsRefusedWithAnyBitFlipped) {
  for (std::size_t bit = 0; bit < file_.size() * 8; ++bit) {
    std::vector<std::byte> flipped = file_;
    flipped[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8);
    ASSERT_FALSE(sentence(flipped, request_).empty()) << bit;
  }
}

TEST_F(SnapshotTest, IsRefusedWithSomethingBehindIt) {
  std::vector<std::byte> longer = file_;
  longer.push_back({});
  EXPECT_EQ(sentence(longer, request_),
            "The snapshot of \"/a.py\" is damaged: the file is longer than it should be.");
}

TEST_F(SnapshotTest, IsRefusedInAnotherVersionOfTheFormat) {
  std::vector<std::byte> newer = file_;
  put(newer, 8, std::uint32_t{2});
  EXPECT_EQ(sentence(newer, request_),
            "The snapshot of \"/a.py\" is in version 2 of its format; this Nextline reads version "
            "1.");
}

TEST_F(SnapshotTest, IsRefusedWhereItIsNotTheOneThatIsWanted) {
  request_.key.document = "/b.py";
  EXPECT_EQ(sentence_for_request(), "The snapshot of \"/b.py\" is another document's.");
  request_ = request_of(snapshot_);
  request_.key.model.high = 7;
  EXPECT_EQ(sentence_for_request(), "The snapshot of \"/a.py\" is another model's.");
  request_ = request_of(snapshot_);
  request_.key.tokenizer_version = 7;
  EXPECT_EQ(sentence_for_request(),
            "The snapshot of \"/a.py\" has tokens of another version of the tokeniser.");
  request_ = request_of(snapshot_);
  request_.key.layout_version = 7;
  EXPECT_EQ(sentence_for_request(), "The snapshot of \"/a.py\" has a prompt of another layout.");
}

TEST_F(SnapshotTest, OfAnotherKeyIsReadNoFurtherThanItsHeader) {
  request_.key.model.low = 7;
  CutSource header_only(file_, 112 + 5 + 8);
  const auto refused = decode(header_only, request_);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message, "The snapshot of \"/a.py\" is another model's.");
}

TEST_F(SnapshotTest, IsRefusedByAStorageThatCannotTakeIt) {
  // Numbers of bfloat16 are as long as halves.
  for (const KvType type : {KvType::kFloat32, KvType::kBFloat16}) {
    request_.kv_type = type;
    EXPECT_EQ(sentence_for_request(),
              "The snapshot of \"/a.py\" has keys and values of another type.");
  }
  request_ = request_of(snapshot_);
  request_.slot_bytes = 8;
  EXPECT_EQ(sentence_for_request(),
            "The snapshot of \"/a.py\" has keys and values of another type.");
  request_ = request_of(snapshot_);
  request_.slot_count = 8;
  EXPECT_EQ(sentence_for_request(), "The snapshot of \"/a.py\" has 9 tokens; there is room for 8.");
}

TEST_F(SnapshotTest, IsReadWhateverArithmeticComputedIt) {
  Snapshot other = sample_snapshot("/a.py", 9, 1);
  other.arithmetic_version = 99;
  const auto again = decoded(encoded_bytes(other), request_);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->arithmetic_version, 99U);
}

TEST_F(SnapshotTest, IsRefusedWithTokensThatTheModelLacks) {
  for (const TokenId token : {-1, static_cast<TokenId>(test::kSampleVocabulary)}) {
    Snapshot other = sample_snapshot("/a.py", 9, 1);
    other.tokens[4] = token;
    EXPECT_EQ(sentence(encoded_bytes(other), request_),
              "The snapshot of \"/a.py\" is damaged: its tokens are not the model's.");
  }
}

TEST_F(SnapshotTest, IsRefusedWithAbsurdLengthsWhateverTheChecksumsSay) {
  constexpr std::uint64_t kAbsurd = 0xfffffffffffffff0;
  for (const std::uint64_t count : {kAbsurd, std::uint64_t{1} << 60, std::uint64_t{10}}) {
    std::vector<std::byte> file = file_;
    put(file, 80, count);
    test::set_checksums(file);
    EXPECT_EQ(sentence(file, request_), "The snapshot of \"/a.py\" has " + std::to_string(count) +
                                            " tokens; there is room for 9.");
    SnapshotRequest request = request_;
    request.slot_count = 0xffffffff;
    EXPECT_FALSE(sentence(file, request).empty());
  }
  for (const std::uint64_t slot_bytes : {kAbsurd, std::uint64_t{1} << 60}) {
    std::vector<std::byte> file = file_;
    put(file, 48, slot_bytes);
    test::set_checksums(file);
    SnapshotRequest request = request_;
    request.slot_bytes = slot_bytes;
    EXPECT_EQ(sentence(file, request),
              "The snapshot of \"/a.py\" is damaged: the file is shorter than it should be.");
  }
  std::vector<std::byte> file = file_;
  put(file, 12, std::uint32_t{0xffffffff});
  EXPECT_EQ(sentence(file, request_),
            "The snapshot of \"/a.py\" is damaged: its header cannot have 4294967295 bytes.");
}

TEST_F(SnapshotTest, IsNotWrittenWhereItCouldNotBeRead) {
  const auto too_long = encode(sample_snapshot(std::string(16385, 'x'), 1, 1));
  ASSERT_FALSE(too_long.has_value());
  Snapshot torn = sample_snapshot("/a.py", 9, 1);
  torn.stamps.pop_back();
  const auto refused = encode(torn);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message,
            "The snapshot of \"/a.py\" cannot be saved: its parts are not of one length.");
}

}  // namespace
}  // namespace nextline
