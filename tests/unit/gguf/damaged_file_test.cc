#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "engine/gguf/gguf_file.h"
#include "engine/gguf/value_type.h"
#include "tests/support/byte_writer.h"
#include "tests/support/gguf_writer.h"
#include "tests/support/read_everything.h"

namespace nextline::gguf {
namespace {

using test::ByteWriter;
using test::GgufWriter;

constexpr std::uint64_t kAbsurd = 0xfffffffffffffff0;

/// The sentence that a user sees for these bytes; empty if they are read.
std::string sentence(const std::vector<std::byte>& bytes) {
  const auto file = File::parse(bytes, "m.gguf");
  return file ? "" : file.error().message;
}
std::string sentence(const ByteWriter& file) { return sentence(file.written()); }
std::string sentence(const GgufWriter& file) { return sentence(file.bytes()); }

/// A file up to where its metadata begin.
ByteWriter header(std::uint64_t tensors, std::uint64_t metadata, std::uint32_t version = 3) {
  ByteWriter file;
  file.text("GGUF").number(version).number(tensors).number(metadata);
  return file;
}

/// A file with one metadata value "k", up to where the value begins.
ByteWriter metadata(ValueType type) {
  ByteWriter file = header(0, 1);
  file.string("k").number(static_cast<std::uint32_t>(type));
  return file;
}

/// A file with one array "k", up to where its elements begin.
ByteWriter array(ValueType element_type, std::uint64_t count) {
  ByteWriter file = metadata(ValueType::kArray);
  file.number(static_cast<std::uint32_t>(element_type)).number(count);
  return file;
}

/// A file whose only tensor "w" has these dimensions, type and offset, and `data_bytes` of data.
ByteWriter tensor(const std::vector<std::uint64_t>& shape, std::uint32_t type,
                  std::uint64_t offset = 0, std::size_t data_bytes = 64) {
  ByteWriter file = header(1, 0);
  file.string("w").number(static_cast<std::uint32_t>(shape.size()));
  for (const std::uint64_t size : shape) file.number(size);
  file.number(type).number(offset).pad_to_multiple_of(32);
  return file.bytes(std::vector<std::byte>(data_bytes));
}

TEST(DamagedFile, IsNotGguf) {
  const std::string expected =
      "\"m.gguf\" is not a model in the GGUF format: it does not begin with \"GGUF\".";
  EXPECT_EQ(sentence(ByteWriter().text("<!DOCTYPE html>")), expected);
  EXPECT_EQ(sentence(ByteWriter().text("GG")), expected);
  EXPECT_EQ(sentence(ByteWriter()), expected);
}

TEST(DamagedFile, EndsInItsHeader) {
  EXPECT_EQ(sentence(ByteWriter().text("GGUF").number(3u)),
            "\"m.gguf\" ends in the middle of its header: the file is truncated or damaged "
            "(it has 8 bytes).");
}

TEST(DamagedFile, HasAVersionThatIsNotRead) {
  EXPECT_EQ(sentence(header(0, 0, 1)),
            "\"m.gguf\" uses version 1 of the GGUF format; Nextline reads versions 2 and 3.");
  EXPECT_EQ(sentence(header(0, 0, 4)),
            "\"m.gguf\" uses version 4 of the GGUF format; Nextline reads versions 2 and 3.");
}

TEST(DamagedFile, IsBigEndian) {
  const std::string expected =
      "\"m.gguf\" is a big-endian GGUF file; Nextline reads little-endian ones only.";
  EXPECT_EQ(sentence(header(0, 0, 0x03000000)), expected);
  EXPECT_EQ(sentence(ByteWriter().text("FUGG").number(0x03000000u)), expected);
}

TEST(DamagedFile, AnnouncesMoreThanItCanHold) {
  EXPECT_EQ(sentence(header(0, 1000000000)),
            "\"m.gguf\" announces more metadata values (1,000,000,000) than its 24 bytes can hold: "
            "the file is truncated or damaged.");
  EXPECT_EQ(sentence(header(kAbsurd, 0)),
            "\"m.gguf\" announces more tensors (18,446,744,073,709,551,600) than its 24 bytes can "
            "hold: the file is truncated or damaged.");
}

TEST(DamagedFile, EndsInItsMetadata) {
  const auto ends_in_value = [](std::string_view bytes) {
    return "\"m.gguf\" ends in the middle of metadata value \"k\": the file is truncated or "
           "damaged (it has " +
           std::string(bytes) + " bytes).";
  };
  EXPECT_EQ(sentence(metadata(ValueType::kUint32).number(std::uint16_t{0})), ends_in_value("39"));
  EXPECT_EQ(sentence(metadata(ValueType::kString).number(kAbsurd)), ends_in_value("45"));
  EXPECT_EQ(sentence(array(ValueType::kFloat64, kAbsurd)), ends_in_value("49"));
  EXPECT_EQ(sentence(array(ValueType::kFloat64, 1ull << 61)), ends_in_value("49"));
  EXPECT_EQ(sentence(array(ValueType::kString, kAbsurd)), ends_in_value("49"));
  EXPECT_EQ(sentence(array(ValueType::kString, 2).string("").number(9ull)), ends_in_value("65"));
  EXPECT_EQ(sentence(header(0, 1).number(kAbsurd).number(0ull)),
            "\"m.gguf\" ends in the middle of its metadata: the file is truncated or damaged "
            "(it has 40 bytes).");
}

TEST(DamagedFile, HasMetadataOfUnknownTypes) {
  EXPECT_EQ(sentence(metadata(ValueType{99}).number(0ull)),
            "\"m.gguf\" is damaged: metadata value \"k\" has the unknown type 99.");
  EXPECT_EQ(sentence(array(ValueType{13}, 0)),
            "\"m.gguf\" is damaged: metadata value \"k\" has the unknown type 13.");
}

TEST(DamagedFile, NestsArrays) {
  EXPECT_EQ(sentence(array(ValueType::kArray, 0)),
            "\"m.gguf\" holds an array of arrays in metadata value \"k\", which Nextline does not "
            "read.");
}

TEST(DamagedFile, HasBooleansThatAreNeitherTrueNorFalse) {
  EXPECT_EQ(sentence(metadata(ValueType::kBool).number(std::uint8_t{2})),
            "\"m.gguf\" is damaged: metadata value \"k\" is neither true nor false.");
  EXPECT_EQ(sentence(array(ValueType::kBool, 2).number(std::uint16_t{0x0201})),
            "\"m.gguf\" is damaged: metadata value \"k\" holds an element that is neither true nor "
            "false.");
}

TEST(DamagedFile, HoldsTheSameNameTwice) {
  EXPECT_EQ(sentence(GgufWriter().add("k", 1).add("k", 2)),
            "\"m.gguf\" is damaged: it holds metadata value \"k\" twice.");
  const std::vector<float> values(1);
  EXPECT_EQ(sentence(GgufWriter()
                         .add_tensor("w", TensorType::kF32, {1}, values)
                         .add_tensor("w", TensorType::kF32, {1}, values)),
            "\"m.gguf\" is damaged: it holds tensor \"w\" twice.");
}

TEST(DamagedFile, HasAnAlignmentThatIsNoPowerOfTwo) {
  const std::string expected =
      "\"m.gguf\" is damaged: metadata value \"general.alignment\" is not a power of two.";
  EXPECT_EQ(sentence(GgufWriter().add("general.alignment", 48)), expected);
  EXPECT_EQ(sentence(GgufWriter().add("general.alignment", 0)), expected);
  EXPECT_EQ(sentence(GgufWriter().add("general.alignment", "32")), expected);
}

TEST(DamagedFile, HasTensorsOfImpossibleShape) {
  EXPECT_EQ(sentence(tensor({}, 0)),
            "\"m.gguf\" is damaged: tensor \"w\" has 0 dimensions, not 1 to 4.");
  EXPECT_EQ(sentence(tensor({1, 1, 1, 1, 1}, 0)),
            "\"m.gguf\" is damaged: tensor \"w\" has 5 dimensions, not 1 to 4.");
  EXPECT_EQ(sentence(tensor({4, 0}, 0)),
            "\"m.gguf\" is damaged: tensor \"w\" has a dimension of size 0.");
  EXPECT_EQ(sentence(tensor({1ull << 32, 1ull << 32}, 0)),
            "\"m.gguf\" is damaged: tensor \"w\" has more elements than 64 bits can count.");
  EXPECT_EQ(sentence(tensor({100}, 2)),
            "\"m.gguf\" is damaged: tensor \"w\" has rows of 100 elements, but Q4_0 stores them in "
            "blocks of 32.");
}

TEST(DamagedFile, HasTensorsOfTypesThatAreNotRead) {
  EXPECT_EQ(sentence(tensor({256}, 10)),
            "\"m.gguf\" stores tensor \"w\" as Q2_K, which Nextline does not read; it reads F32, "
            "F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K and BF16.");
  EXPECT_THAT(
      sentence(tensor({256}, 1234)),
      testing::StartsWith("\"m.gguf\" stores tensor \"w\" as the unknown type 1234, which "));
}

TEST(DamagedFile, EndsInItsListOfTensors) {
  EXPECT_EQ(sentence(header(1, 0).string("weights").number(2u).number(1ull).number(1ull)),
            "\"m.gguf\" ends in the middle of its list of tensors: the file is truncated or "
            "damaged (it has 59 bytes).");
}

TEST(DamagedFile, EndsInTheMiddleOfATensor) {
  EXPECT_EQ(sentence(tensor({256, 16}, 0)),
            "\"m.gguf\" ends in the middle of tensor \"w\": the file is truncated (it has 160 "
            "bytes, the tensor ends at 16,480).");
}

TEST(DamagedFile, HasTensorsThatNoFileCanHold) {
  EXPECT_EQ(sentence(tensor({1}, 0, kAbsurd / 32 * 32)),
            "\"m.gguf\" is damaged: tensor \"w\" ends further out than any file can.");
  EXPECT_EQ(sentence(tensor({1ull << 63}, 0)),
            "\"m.gguf\" is damaged: tensor \"w\" ends further out than any file can.");
}

TEST(DamagedFile, HasTensorsBesideTheAlignment) {
  EXPECT_EQ(sentence(tensor({1}, 0, 4)),
            "\"m.gguf\" is damaged: the data of tensor \"w\" do not begin at a multiple of 32 "
            "bytes.");
}

TEST(DamagedFile, IsNamedWithoutControlCharactersAndAtALength) {
  EXPECT_EQ(sentence(GgufWriter().add("\x1b[2J", 1).add("\x1b[2J", 2)),
            "\"m.gguf\" is damaged: it holds metadata value \"\\x1b[2J\" twice.");
  const std::string long_key(10000, 'x');
  EXPECT_EQ(
      sentence(GgufWriter().add(long_key, 1).add(long_key, 2)),
      "\"m.gguf\" is damaged: it holds metadata value \"" + std::string(80, 'x') + "...\" twice.");
}

/// A file with every kind of metadata and a few tensors.
std::vector<std::byte> sound_file() {
  GgufWriter writer;
  writer.set_alignment(32);
  writer.add("u8", std::uint8_t{1}).add("i64", std::int64_t{-1}).add("f64", 0.5);
  writer.add("bool", true).add("string", "text");
  writer.add("floats", std::vector<float>{1, 2}).add("bools", std::vector<bool>{true});
  writer.add("strings", std::vector<std::string>{"a", "bc", ""});
  writer.add_tensor("norm", TensorType::kF32, {3}, std::vector<float>(3));
  writer.add_tensor("matrix", TensorType::kQ4_K, {256, 2}, std::vector<float>(512));
  writer.add_tensor("last", TensorType::kQ8_0, {32}, std::vector<float>(32));
  return writer.bytes();
}

/// Bytes in an allocation of exactly their size, so that a sanitizer sees a read behind them.
std::vector<std::byte> copy_of(std::span<const std::byte> bytes) {
  return {bytes.begin(), bytes.end()};
}

TEST(DamagedFile, IsRefusedIfTruncatedAnywhere) {
  const std::vector<std::byte> whole = sound_file();
  ASSERT_EQ(sentence(whole), "");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    ASSERT_NE(sentence(copy_of(std::span(whole).first(length))), "") << length << " bytes";
  }
}

TEST(DamagedFile, CanBeReadToTheEndIfItIsReadAtAll) {
  const std::vector<std::byte> whole = sound_file();
  const auto sound = File::parse(whole, "m.gguf");
  const auto data_start = static_cast<std::size_t>(sound->tensors()[0].data.data() - whole.data());
  for (std::size_t offset = 0; offset < data_start; ++offset) {
    for (const int change : {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff}) {
      std::vector<std::byte> changed = copy_of(whole);
      changed[offset] ^= static_cast<std::byte>(change);
      const auto file = File::parse(changed, "m.gguf");
      if (file) {
        EXPECT_NE(test::read_everything(*file), 0);
      }
    }
  }
}

/// What is wrong with a path before its content is.
class UnreadablePath : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static std::string sentence(const std::filesystem::path& path) {
    const auto file = File::open(path);
    return file ? "" : file.error().message;
  }

  std::filesystem::path folder_ =
      testing::TempDir() + "unreadable-path-" + std::to_string(::getpid());
  std::filesystem::path file_ = folder_ / "m.gguf";
  std::string quoted_ = '"' + file_.string() + '"';
};

TEST_F(UnreadablePath, IsMissing) {
  EXPECT_EQ(sentence(file_), "There is no file " + quoted_ + ".");
}

TEST_F(UnreadablePath, IsAFolder) {
  EXPECT_EQ(sentence(folder_), '"' + folder_.string() + "\" is a folder, not a model file.");
}

TEST_F(UnreadablePath, IsEmpty) {
  std::ofstream(file_).close();
  EXPECT_EQ(sentence(file_), quoted_ + " is empty.");
}

TEST_F(UnreadablePath, IsAPipe) {
  ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
  EXPECT_EQ(sentence(file_), quoted_ + " is not a regular file.");
}

TEST_F(UnreadablePath, IsNotPermitted) {
  std::ofstream(file_) << "GGUF";
  ASSERT_EQ(::chmod(file_.c_str(), 0), 0);
  // Permissions do not bind the superuser, whom containers like to run tests as.
  constexpr uid_t kNobody = 65534;
  const bool superuser = ::geteuid() == 0;
  if (superuser) {
    ASSERT_EQ(::seteuid(kNobody), 0);
  }
  const std::string shown = sentence(file_);
  if (superuser) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  EXPECT_EQ(shown, "The permissions of " + quoted_ + " do not allow reading it.");
}

TEST_F(UnreadablePath, LeadsInACircle) {
  std::filesystem::create_symlink(file_, file_);
  EXPECT_EQ(sentence(file_),
            "The file " + quoted_ + " cannot be opened: Too many levels of symbolic links.");
}

TEST_F(UnreadablePath, HoldsADamagedFile) {
  std::ofstream(file_) << "GGUF";
  EXPECT_EQ(sentence(file_), quoted_ +
                                 " ends in the middle of its header: the file is truncated or "
                                 "damaged (it has 4 bytes).");
}

}  // namespace
}  // namespace nextline::gguf
