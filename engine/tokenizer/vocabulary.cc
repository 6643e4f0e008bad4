#include "engine/tokenizer/vocabulary.h"

#include <cstddef>
#include <limits>
#include <string_view>
#include <utility>

namespace nextline {
namespace {

constexpr std::size_t kMostTokens = std::numeric_limits<TokenId>::max();

tl::unexpected<Error> unusable(const gguf::File& file, const std::string& reason) {
  return failure("The tokeniser in \"" + file.name() + "\" cannot be used: " + reason);
}

std::vector<std::string> copies(const std::vector<std::string_view>& views) {
  return {views.begin(), views.end()};
}

// GGUF numbers the kinds from 1, in the order of the enumeration.
std::optional<Vocabulary::Kind> kind_of(std::int64_t number) {
  if (number < 1 || number > 6) return std::nullopt;
  return static_cast<Vocabulary::Kind>(number - 1);
}

// Files of Llama 3 leave `add_bos_token` out; its published tokeniser begins every text with the
// BOS.
bool adds_bos_by_default(std::string_view pre_tokenizer) {
  return pre_tokenizer == "llama-bpe" || pre_tokenizer == "llama3" || pre_tokenizer == "llama-v3";
}

// The id at `key`, nothing where the file has no such key.
Result<std::optional<TokenId>> optional_token(const gguf::File& file, std::string_view key,
                                              std::size_t vocabulary_size) {
  if (file.find(key) == nullptr) return std::nullopt;
  const auto id = file.unsigned_integer(key);
  if (!id || *id >= vocabulary_size) {
    return unusable(file, std::string(key) + " is not a token of its vocabulary.");
  }
  return static_cast<TokenId>(*id);
}

}  // namespace

Result<Vocabulary> Vocabulary::from_gguf(const gguf::File& file) {
  // GGUF calls every byte-level BPE tokeniser "gpt2".
  const auto model = file.string("tokenizer.ggml.model");
  if (!model) return unusable(file, "the file does not say which kind it is.");
  if (*model != "gpt2") {
    return unusable(file, "its kind is \"" + std::string(*model) +
                              "\", and Nextline reads byte-level BPE (\"gpt2\") only.");
  }

  const auto* tokens = file.strings("tokenizer.ggml.tokens");
  if (tokens == nullptr || tokens->empty()) return unusable(file, "it has no list of tokens.");
  if (tokens->size() > kMostTokens) return unusable(file, "it has too many tokens.");
  const auto* merges = file.strings("tokenizer.ggml.merges");
  if (merges == nullptr) return unusable(file, "it has no list of merges.");
  const auto kinds = file.integers("tokenizer.ggml.token_type");
  if (!kinds) return unusable(file, "it does not tell control tokens from text.");
  if (kinds->size() != tokens->size()) {
    return unusable(file, "it has " + std::to_string(tokens->size()) + " tokens, but kinds for " +
                              std::to_string(kinds->size()) + ".");
  }

  Vocabulary vocabulary;
  vocabulary.texts = copies(*tokens);
  vocabulary.merges = copies(*merges);
  vocabulary.kinds.reserve(kinds->size());
  for (const std::int64_t number : *kinds) {
    const auto kind = kind_of(number);
    if (!kind) return unusable(file, std::to_string(number) + " is not a kind of token.");
    vocabulary.kinds.push_back(*kind);
  }

  auto bos = optional_token(file, "tokenizer.ggml.bos_token_id", tokens->size());
  if (!bos) return tl::unexpected(bos.error());
  auto eos = optional_token(file, "tokenizer.ggml.eos_token_id", tokens->size());
  if (!eos) return tl::unexpected(eos.error());
  vocabulary.bos = *bos;
  vocabulary.eos = *eos;
  vocabulary.pre_tokenizer = file.string("tokenizer.ggml.pre").value_or("");
  vocabulary.adds_bos = file.boolean("tokenizer.ggml.add_bos_token")
                            .value_or(adds_bos_by_default(vocabulary.pre_tokenizer));
  return vocabulary;
}

}  // namespace nextline
