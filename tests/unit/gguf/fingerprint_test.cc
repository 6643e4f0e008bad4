#include "engine/gguf/fingerprint.h"

#include <gtest/gtest.h>

#include "tests/support/random_model.h"

namespace nextline::gguf {
namespace {

Hash128 fingerprint(const std::vector<std::byte>& bytes) {
  return fingerprint_of(*File::parse(bytes, "model"));
}

/// More data than all samples together.
std::vector<std::byte> large_model(std::uint64_t seed = 1) {
  test::RandomModelOptions options;
  options.embedding_length = 128;
  options.seed = seed;
  return test::random_model(options);
}

TEST(Fingerprint, IsTheSameForTheSameFile) {
  EXPECT_EQ(fingerprint(large_model()), fingerprint(large_model()));
}

TEST(Fingerprint, ChangesWithEachByteOfTheMetadata) {
  std::vector<std::byte> bytes = large_model();
  const Hash128 before = fingerprint(bytes);
  const auto file = File::parse(bytes, "model");
  // The words of the vocabulary can be anything, so a file stays valid with each byte changed.
  for (const std::string_view word : *file->strings("tokenizer.ggml.tokens")) {
    if (word.empty()) continue;
    auto* const byte = reinterpret_cast<char*>(
        bytes.data() + (word.data() - reinterpret_cast<const char*>(bytes.data())));
    *byte ^= 1;
    EXPECT_NE(fingerprint(bytes), before) << word;
    *byte ^= 1;
  }
  EXPECT_EQ(fingerprint(bytes), before);
}

TEST(Fingerprint, ChangesWithTheFirstAndTheLastByteOfTheData) {
  std::vector<std::byte> bytes = large_model();
  const Hash128 before = fingerprint(bytes);
  ASSERT_GT(bytes.size(), 2U * 64 * 4096);
  const auto file = File::parse(bytes, "model");
  const auto first = static_cast<std::size_t>(file->tensors()[0].data.data() - bytes.data());
  for (const std::size_t at : {first, bytes.size() - 1}) {
    bytes[at] ^= std::byte{1};
    EXPECT_NE(fingerprint(bytes), before);
    bytes[at] ^= std::byte{1};
  }
}

TEST(Fingerprint, TellsFilesApartThatDifferInTheirWeightsOnly) {
  const auto a = large_model(1);
  const auto b = large_model(2);
  ASSERT_EQ(a.size(), b.size());
  EXPECT_NE(fingerprint(a), fingerprint(b));
}

TEST(Fingerprint, OfASmallFileCoversEachByteOfItsData) {
  test::GgufWriter writer;
  writer.add_tensor("w", TensorType::kF32, {64}, std::vector<float>(64, 0.5F));
  std::vector<std::byte> bytes = writer.bytes();
  const Hash128 before = fingerprint(bytes);
  for (std::size_t at = bytes.size() - 256; at < bytes.size(); ++at) {
    bytes[at] ^= std::byte{1};
    EXPECT_NE(fingerprint(bytes), before) << at;
    bytes[at] ^= std::byte{1};
  }
}

TEST(Fingerprint, OfAFileWithoutTensorsIsThatOfItsMetadata) {
  test::GgufWriter a;
  test::GgufWriter b;
  a.add("name", "a");
  b.add("name", "b");
  EXPECT_NE(fingerprint(a.bytes()), fingerprint(b.bytes()));
}

}  // namespace
}  // namespace nextline::gguf
