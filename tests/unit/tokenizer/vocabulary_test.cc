#include "engine/tokenizer/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/tokenizer/tokenizer.h"
#include "tests/support/gguf_writer.h"
#include "tests/support/tiny_vocabulary.h"

namespace nextline {
namespace {

using test::GgufWriter;
using testing::ElementsAre;
using testing::HasSubstr;

/// A file with a vocabulary of three tokens, to be spoilt by what is left out or added.
struct TokenizerFile {
  const char* model = "gpt2";
  std::vector<std::string> tokens = {"a", "b", "ab"};
  std::vector<std::int32_t> kinds = {1, 1, 1};
  std::vector<std::string> merges = {"a b"};
  const char* pre_tokenizer = "qwen2";

  GgufWriter writer() const {
    GgufWriter file;
    if (model != nullptr) file.add("tokenizer.ggml.model", model);
    if (!tokens.empty()) file.add("tokenizer.ggml.tokens", tokens);
    if (!kinds.empty()) file.add("tokenizer.ggml.token_type", kinds);
    if (!merges.empty()) file.add("tokenizer.ggml.merges", merges);
    file.add("tokenizer.ggml.pre", pre_tokenizer);
    return file;
  }
};

Result<Vocabulary> read(const GgufWriter& writer) {
  const auto bytes = writer.bytes();
  const auto file = gguf::File::parse(bytes, "m.gguf");
  return Vocabulary::from_gguf(file.value());
}

std::string sentence(const GgufWriter& writer) {
  const auto vocabulary = read(writer);
  return vocabulary ? "" : vocabulary.error().message;
}

TEST(Vocabulary, ReadsWhatTheFileDeclares) {
  GgufWriter writer = TokenizerFile{.kinds = {1, 3, 4}}.writer();
  writer.add("tokenizer.ggml.bos_token_id", std::uint32_t{1});
  writer.add("tokenizer.ggml.eos_token_id", std::uint32_t{2});
  writer.add("tokenizer.ggml.add_bos_token", true);
  const auto vocabulary = read(writer);
  ASSERT_TRUE(vocabulary);
  using Kind = Vocabulary::Kind;
  EXPECT_THAT(vocabulary->texts, ElementsAre("a", "b", "ab"));
  EXPECT_THAT(vocabulary->kinds, ElementsAre(Kind::kNormal, Kind::kControl, Kind::kUserDefined));
  EXPECT_THAT(vocabulary->merges, ElementsAre("a b"));
  EXPECT_EQ(vocabulary->pre_tokenizer, "qwen2");
  EXPECT_EQ(vocabulary->bos, 1);
  EXPECT_EQ(vocabulary->eos, 2);
  EXPECT_TRUE(vocabulary->adds_bos);
}

TEST(Vocabulary, DoesWithoutOptionalKeys) {
  const auto vocabulary = read(TokenizerFile{}.writer());
  ASSERT_TRUE(vocabulary);
  EXPECT_EQ(vocabulary->bos, std::nullopt);
  EXPECT_EQ(vocabulary->eos, std::nullopt);
  EXPECT_FALSE(vocabulary->adds_bos);
}

TEST(Vocabulary, AddsABosForLlama3UnlessTheFileForbidsIt) {
  GgufWriter writer = TokenizerFile{.pre_tokenizer = "llama-bpe"}.writer();
  EXPECT_TRUE(read(writer)->adds_bos);
  writer.add("tokenizer.ggml.add_bos_token", false);
  EXPECT_FALSE(read(writer)->adds_bos);
}

TEST(Vocabulary, SaysWhichTokenisersItDoesNotRead) {
  EXPECT_EQ(sentence(TokenizerFile{.model = "llama"}.writer()),
            "The tokeniser in \"m.gguf\" cannot be used: its kind is \"llama\", and Nextline reads "
            "byte-level BPE (\"gpt2\") only.");
  EXPECT_THAT(sentence(TokenizerFile{.model = nullptr}.writer()), HasSubstr("which kind it is"));
}

TEST(Vocabulary, SaysWhatIsMissing) {
  EXPECT_THAT(sentence(TokenizerFile{.tokens = {}}.writer()), HasSubstr("no list of tokens"));
  EXPECT_THAT(sentence(TokenizerFile{.kinds = {}}.writer()),
              HasSubstr("does not tell control tokens from text"));
  EXPECT_THAT(sentence(TokenizerFile{.merges = {}}.writer()), HasSubstr("no list of merges"));
}

TEST(Vocabulary, SaysWhatDoesNotFit) {
  EXPECT_THAT(sentence(TokenizerFile{.kinds = {1, 1}}.writer()),
              HasSubstr("it has 3 tokens, but kinds for 2."));
  EXPECT_THAT(sentence(TokenizerFile{.kinds = {1, 7, 1}}.writer()),
              HasSubstr("7 is not a kind of token"));
  EXPECT_THAT(sentence(TokenizerFile{.kinds = {1, 0, 1}}.writer()),
              HasSubstr("0 is not a kind of token"));
  GgufWriter bos = TokenizerFile{}.writer();
  bos.add("tokenizer.ggml.bos_token_id", std::uint32_t{3});
  EXPECT_THAT(sentence(bos), HasSubstr("bos_token_id is not a token of its vocabulary"));
  GgufWriter eos = TokenizerFile{}.writer();
  eos.add("tokenizer.ggml.eos_token_id", std::int32_t{-1});
  EXPECT_THAT(sentence(eos), HasSubstr("eos_token_id is not a token of its vocabulary"));
}

TEST(Tokenizer, ReadsAFile) {
  GgufWriter writer;
  test::add_tiny_vocabulary(writer, test::smallest_vocabulary_size(), "qwen2");
  const auto bytes = writer.bytes();
  const auto file = gguf::File::parse(bytes, "tiny.gguf");
  const auto tokenizer = Tokenizer::from_gguf(*file);
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(tokenizer->vocabulary_size(), test::smallest_vocabulary_size());
  EXPECT_EQ(tokenizer->eos(), tokenizer->control_token("<|endoftext|>"));
  EXPECT_EQ(tokenizer->encode("return").size(), 1u);
  EXPECT_EQ(tokenizer->decode(tokenizer->encode("def f():\n    return é\n")),
            "def f():\n    return é\n");
}

TEST(Tokenizer, NamesTheFileItCannotUse) {
  const auto bytes = TokenizerFile{}.writer().bytes();
  const auto file = gguf::File::parse(bytes, "m.gguf");
  const auto tokenizer = Tokenizer::from_gguf(*file);
  ASSERT_FALSE(tokenizer);
  EXPECT_EQ(tokenizer.error().message,
            "The tokeniser in \"m.gguf\" cannot be used: The vocabulary has no tokens for single "
            "bytes.");
}

}  // namespace
}  // namespace nextline
