#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/tokenizer/byte_alphabet.h"
#include "engine/tokenizer/vocabulary.h"

namespace nextline::test {

/// A small vocabulary: the 256 bytes (token id = byte), then what is added.
class HandMadeVocabulary {
 public:
  explicit HandMadeVocabulary(std::string pre_tokenizer = "qwen2") {
    vocabulary_.pre_tokenizer = std::move(pre_tokenizer);
    for (int byte = 0; byte < 256; ++byte) {
      const char text = static_cast<char>(byte);
      add(to_byte_alphabet({&text, 1}), Vocabulary::Kind::kNormal);
    }
  }

  /// Adds the merge of two tokens, given as bytes, and the token it makes.
  HandMadeVocabulary& merge(std::string_view left, std::string_view right) {
    vocabulary_.merges.push_back(to_byte_alphabet(left) + " " + to_byte_alphabet(right));
    std::string merged = std::string(left) + std::string(right);
    return add(to_byte_alphabet(merged), Vocabulary::Kind::kNormal);
  }

  HandMadeVocabulary& add(std::string text, Vocabulary::Kind kind) {
    vocabulary_.texts.push_back(std::move(text));
    vocabulary_.kinds.push_back(kind);
    return *this;
  }

  /// The id of the token added last.
  TokenId last() const { return static_cast<TokenId>(vocabulary_.texts.size()) - 1; }

  operator const Vocabulary&() const { return vocabulary_; }  // NOLINT(google-explicit-constructor)
  Vocabulary* operator->() { return &vocabulary_; }

 private:
  Vocabulary vocabulary_;
};

}  // namespace nextline::test
