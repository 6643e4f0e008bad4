#include "tests/support/copied_vocabulary.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace nextline::test {
namespace {

constexpr std::string_view kTokens = "tokenizer.ggml.tokens";

}  // namespace

std::uint32_t vocabulary_size(const gguf::File& model) {
  const auto* const tokens = model.strings(kTokens);
  return tokens ? static_cast<std::uint32_t>(tokens->size()) : 0;
}

void copy_vocabulary(GgufWriter& writer, const gguf::File& model) {
  for (const std::string_view key : {"tokenizer.ggml.model", "tokenizer.ggml.pre"}) {
    if (const auto name = model.string(key)) writer.add(key, *name);
  }
  for (const std::string_view key : {kTokens, std::string_view("tokenizer.ggml.merges")}) {
    const auto* const words = model.strings(key);
    if (words) writer.add(key, std::vector<std::string>(words->begin(), words->end()));
  }
  if (const auto types = model.integers("tokenizer.ggml.token_type")) {
    writer.add("tokenizer.ggml.token_type",
               std::vector<std::int32_t>(types->begin(), types->end()));
  }
  for (const std::string_view name : {"bos", "eos", "fim_pre", "fim_mid", "fim_suf"}) {
    const std::string key = "tokenizer.ggml." + std::string(name) + "_token_id";
    if (const auto id = model.unsigned_integer(key)) {
      writer.add(key, static_cast<std::uint32_t>(*id));
    }
  }
  if (const auto adds = model.boolean("tokenizer.ggml.add_bos_token")) {
    writer.add("tokenizer.ggml.add_bos_token", *adds);
  }
}

}  // namespace nextline::test
