#include "engine/gguf/gguf_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/gguf_writer.h"
#include "tests/support/read_everything.h"

namespace nextline::gguf {
namespace {

using test::GgufWriter;
using testing::ElementsAre;
using testing::Optional;

/// Parses what a writer wrote, and keeps its bytes as long as the test runs.
class GgufFile : public testing::Test {
 protected:
  const File& parse(const GgufWriter& writer) {
    bytes_ = writer.bytes();
    auto file = File::parse(bytes_, "test.gguf");
    EXPECT_TRUE(file) << file.error().message;
    return file_.emplace(*std::move(file));
  }

  GgufWriter writer_;
  std::vector<std::byte> bytes_;
  std::optional<File> file_;
};

TEST_F(GgufFile, WidensIntegersOfEveryWidth) {
  writer_.add("u8", std::uint8_t{255}).add("i8", std::int8_t{-128});
  writer_.add("u16", std::uint16_t{65535}).add("i16", std::int16_t{-32768});
  writer_.add("u32", std::uint32_t{4294967295}).add("i32", std::int32_t{7});
  writer_.add("u64", std::numeric_limits<std::uint64_t>::max());
  writer_.add("i64", std::int64_t{42});
  const File& file = parse(writer_);
  EXPECT_THAT(file.unsigned_integer("u8"), Optional(255));
  EXPECT_THAT(file.number("i8"), Optional(-128));
  EXPECT_THAT(file.unsigned_integer("u16"), Optional(65535));
  EXPECT_THAT(file.number("i16"), Optional(-32768));
  EXPECT_THAT(file.unsigned_integer("u32"), Optional(4294967295));
  EXPECT_THAT(file.unsigned_integer("i32"), Optional(7));
  EXPECT_THAT(file.unsigned_integer("u64"), Optional(std::numeric_limits<std::uint64_t>::max()));
  EXPECT_THAT(file.unsigned_integer("i64"), Optional(42));
}

TEST_F(GgufFile, ReadsFloatsBooleansAndStrings) {
  writer_.add("f32", 0.1f).add("f64", 0.1).add("yes", true).add("no", false);
  writer_.add("text", "Grüße").add("empty", "");
  const File& file = parse(writer_);
  EXPECT_THAT(file.number("f32"), Optional(double{0.1f}));
  EXPECT_THAT(file.number("f64"), Optional(0.1));
  EXPECT_THAT(file.boolean("yes"), Optional(true));
  EXPECT_THAT(file.boolean("no"), Optional(false));
  EXPECT_EQ(file.string("text"), "Grüße");
  EXPECT_EQ(file.string("empty"), "");
}

TEST_F(GgufFile, ReadsArraysOfIntegersOfEveryWidth) {
  writer_.add("u8", std::vector<std::uint8_t>{0, 255}).add("i8", std::vector<std::int8_t>{-1, 1});
  writer_.add("u16", std::vector<std::uint16_t>{65535});
  writer_.add("i16", std::vector<std::int16_t>{-32768});
  writer_.add("u32", std::vector<std::uint32_t>{4294967295});
  writer_.add("i32", std::vector<std::int32_t>{-5, 5});
  writer_.add("u64", std::vector<std::uint64_t>{1ull << 62});
  writer_.add("i64", std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min()});
  writer_.add("none", std::vector<std::int32_t>{});
  const File& file = parse(writer_);
  EXPECT_THAT(file.integers("u8"), Optional(ElementsAre(0, 255)));
  EXPECT_THAT(file.integers("i8"), Optional(ElementsAre(-1, 1)));
  EXPECT_THAT(file.integers("u16"), Optional(ElementsAre(65535)));
  EXPECT_THAT(file.integers("i16"), Optional(ElementsAre(-32768)));
  EXPECT_THAT(file.integers("u32"), Optional(ElementsAre(4294967295)));
  EXPECT_THAT(file.integers("i32"), Optional(ElementsAre(-5, 5)));
  EXPECT_THAT(file.integers("u64"), Optional(ElementsAre(1ll << 62)));
  EXPECT_THAT(file.integers("i64"),
              Optional(ElementsAre(std::numeric_limits<std::int64_t>::min())));
  EXPECT_THAT(file.integers("none"), Optional(ElementsAre()));
}

TEST_F(GgufFile, ReadsArraysOfStringsFloatsAndBooleans) {
  writer_.add("tokens", std::vector<std::string>{"a", "",
                                                 "\xc4\xa0"
                                                 "b"});
  writer_.add("scores", std::vector<float>{0.5f, -1.0f});
  writer_.add("flags", std::vector<bool>{true, false, true});
  const File& file = parse(writer_);
  EXPECT_THAT(*file.strings("tokens"), ElementsAre("a", "",
                                                   "\xc4\xa0"
                                                   "b"));
  const auto& scores = std::get<NumberArray>(*file.find("scores"));
  EXPECT_EQ(scores.count, 2);
  EXPECT_EQ(scores.bytes.size(), 8);
  const auto& flags = std::get<NumberArray>(*file.find("flags"));
  EXPECT_THAT(flags.bytes, ElementsAre(std::byte{1}, std::byte{0}, std::byte{1}));
}

TEST_F(GgufFile, GivesNothingForMissingKeysAndOtherKinds) {
  writer_.add("text", "1").add("number", 1u).add("numbers", std::vector<int>{1});
  writer_.add("floats", std::vector<float>{1.0f});
  const File& file = parse(writer_);
  EXPECT_EQ(file.find("missing"), nullptr);
  EXPECT_EQ(file.unsigned_integer("missing"), std::nullopt);
  EXPECT_EQ(file.unsigned_integer("text"), std::nullopt);
  EXPECT_EQ(file.number("text"), std::nullopt);
  EXPECT_EQ(file.boolean("number"), std::nullopt);
  EXPECT_EQ(file.string("number"), std::nullopt);
  EXPECT_EQ(file.strings("numbers"), nullptr);
  EXPECT_EQ(file.integers("number"), std::nullopt);
  EXPECT_EQ(file.integers("floats"), std::nullopt);
  EXPECT_EQ(file.find_tensor("missing"), nullptr);
}

TEST_F(GgufFile, ConvertsNumbersOnlyWhereNoValueIsLost) {
  writer_.add("whole", 8.0f).add("fraction", 8.5f).add("negative", -1);
  writer_.add("not a number", std::numeric_limits<double>::quiet_NaN()).add("2^64", 0x1p64);
  writer_.add("2^53 + 1", (std::uint64_t{1} << 53) + 1).add("-2^63", std::int64_t{1} << 63);
  writer_.add("2^64 - 1", std::numeric_limits<std::uint64_t>::max());
  writer_.add("large", std::vector<std::uint64_t>{std::uint64_t{1} << 63});
  const File& file = parse(writer_);
  EXPECT_THAT(file.unsigned_integer("whole"), Optional(8));
  EXPECT_EQ(file.unsigned_integer("fraction"), std::nullopt);
  EXPECT_EQ(file.unsigned_integer("negative"), std::nullopt);
  EXPECT_EQ(file.unsigned_integer("not a number"), std::nullopt);
  EXPECT_EQ(file.unsigned_integer("2^64"), std::nullopt);
  EXPECT_EQ(file.number("2^53 + 1"), std::nullopt);
  EXPECT_EQ(file.number("2^64 - 1"), std::nullopt);
  EXPECT_THAT(file.number("-2^63"), Optional(-0x1p63));
  EXPECT_EQ(file.integers("large"), std::nullopt);
}

TEST_F(GgufFile, FindsTensorsAndTheirRows) {
  const std::vector<float> matrix = {1, 2, 3, 4, 5, 6};
  writer_.add_tensor("first", TensorType::kF32, {1}, std::vector<float>{9});
  writer_.add_tensor("matrix", TensorType::kF16, {3, 2}, matrix);
  const File& file = parse(writer_);

  const Tensor& tensor = *file.find_tensor("matrix");
  EXPECT_EQ(tensor.type, TensorType::kF16);
  EXPECT_EQ(tensor.columns(), 3);
  EXPECT_EQ(tensor.rows(), 2);
  EXPECT_EQ(tensor.row_bytes(), 6);
  std::vector<float> row(3);
  dequantize_row(tensor.type, tensor.row(1), row);
  EXPECT_THAT(row, ElementsAre(4, 5, 6));
  EXPECT_THAT(file.tensors(), testing::SizeIs(2));
}

TEST_F(GgufFile, ReadsTensorsOfFourDimensions) {
  writer_.add_tensor("deep", TensorType::kF32, {2, 3, 1, 2}, std::vector<float>(12));
  const Tensor& tensor = *parse(writer_).find_tensor("deep");
  EXPECT_THAT(tensor.shape, ElementsAre(2, 3, 1, 2));
  EXPECT_EQ(tensor.rows(), 6);
}

TEST_F(GgufFile, HeedsTheAlignment) {
  for (const std::uint32_t alignment : {1u, 8u, 64u, 4096u}) {
    GgufWriter writer;
    writer.set_alignment(alignment);
    writer.add_tensor("odd", TensorType::kF16, {1}, std::vector<float>{1});
    writer.add_tensor("next", TensorType::kF32, {1}, std::vector<float>{2.5f});
    const Tensor& tensor = *parse(writer).find_tensor("next");
    EXPECT_EQ((tensor.data.data() - bytes_.data()) % alignment, 0);
    std::vector<float> value(1);
    dequantize_row(tensor.type, tensor.data, value);
    EXPECT_EQ(value[0], 2.5f);
  }
}

TEST_F(GgufFile, ReadsVersions2And3) {
  for (const std::uint32_t version : {2u, 3u}) {
    GgufWriter writer(version);
    writer.add("general.architecture", "llama");
    const File& file = parse(writer);
    EXPECT_EQ(file.version(), version);
    EXPECT_EQ(file.string("general.architecture"), "llama");
  }
}

TEST_F(GgufFile, MayHoldNothing) {
  const File& file = parse(writer_);
  EXPECT_TRUE(file.metadata().empty());
  EXPECT_TRUE(file.tensors().empty());
}

/// The same on disk, where the file is mapped.
class MappedGgufFile : public testing::Test {
 protected:
  void SetUp() override {
    GgufWriter writer;
    writer.add("general.architecture", "llama");
    writer.add_tensor("weights", TensorType::kF32, {4096, 16}, std::vector<float>(65536, 0.5f));
    ASSERT_TRUE(writer.write_to(path_));
  }
  void TearDown() override { std::filesystem::remove(path_); }

  std::filesystem::path path_ =
      testing::TempDir() + "mapped-" + std::to_string(::getpid()) + ".gguf";
};

TEST_F(MappedGgufFile, KnowsItsNameAndSize) {
  const auto file = File::open(path_);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->name(), path_.string());
  EXPECT_EQ(file->size_bytes(), std::filesystem::file_size(path_));
  EXPECT_EQ(file->string("general.architecture"), "llama");
}

TEST_F(MappedGgufFile, KeepsItsViewsWhenMoved) {
  auto file = File::open(path_);
  ASSERT_TRUE(file) << file.error().message;
  const std::string_view architecture = *file->string("general.architecture");
  const auto data = file->find_tensor("weights")->data;

  const File moved = *std::move(file);

  EXPECT_EQ(architecture, "llama");
  EXPECT_EQ(moved.find_tensor("weights")->data.data(), data.data());
}

TEST_F(MappedGgufFile, OutlivesItsNameInTheFileSystem) {
  const auto file = File::open(path_);
  ASSERT_TRUE(file) << file.error().message;
  std::filesystem::remove(path_);
  EXPECT_NE(test::read_everything(*file), 0);
}

TEST_F(MappedGgufFile, CanBeReadAgainAfterItsPagesWereReleased) {
  const auto file = File::open(path_);
  ASSERT_TRUE(file) << file.error().message;
  const std::uint64_t before = test::read_everything(*file);

  const Tensor& tensor = *file->find_tensor("weights");
  file->release_pages(tensor.data);
  file->release_pages(tensor.data.first(1));
  file->release_pages({});
  file->release_pages(file->bytes());
  file->expect_scattered_reads(tensor.data);

  EXPECT_EQ(test::read_everything(*file), before);
}

}  // namespace
}  // namespace nextline::gguf
