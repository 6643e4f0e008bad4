#include "engine/tokenizer/tokenizer.h"

#include <array>
#include <map>
#include <utility>

#include "engine/disk/hash.h"
#include "engine/tokenizer/byte_alphabet.h"
#include "engine/tokenizer/byte_pair_encoder.h"
#include "engine/tokenizer/pre_tokenizer.h"
#include "engine/tokenizer/token_table.h"

namespace nextline {
namespace {

using Kind = Vocabulary::Kind;

// The published files write markers with ASCII bars or, DeepSeek's, with full-width ones.
bool is_written_as_marker(std::string_view text) {
  return (text.starts_with("<|") && text.ends_with("|>")) ||
         (text.starts_with("<｜") && text.ends_with("｜>")) ||
         (text.starts_with("<fim_") && text.ends_with(">"));
}

bool is_control_kind(Kind kind, std::string_view text) {
  switch (kind) {
    case Kind::kControl:
    case Kind::kUnknown:
    case Kind::kUnused:
      return true;
    case Kind::kUserDefined:
      return is_written_as_marker(text);
    case Kind::kNormal:
    case Kind::kByte:
      return false;
  }
  return false;
}

TokenTable::Spelling normal_spelling(const std::string& text) {
  if (auto bytes = from_byte_alphabet(text)) {
    const bool is_text = !bytes->empty();
    return {std::move(*bytes), is_text};
  }
  return {text, false};  // Nothing that merging bytes could lead to.
}

std::vector<TokenTable::Spelling> spellings_of(const Vocabulary& vocabulary,
                                               const std::vector<bool>& is_control) {
  std::vector<TokenTable::Spelling> spellings(vocabulary.texts.size());
  std::array<bool, 256> byte_is_spelled{};
  for (std::size_t token = 0; token < spellings.size(); ++token) {
    if (is_control[token] || vocabulary.kinds[token] == Kind::kUserDefined) continue;
    spellings[token] = normal_spelling(vocabulary.texts[token]);
    const auto& [bytes, is_text] = spellings[token];
    if (is_text && bytes.size() == 1) byte_is_spelled[static_cast<unsigned char>(bytes[0])] = true;
  }
  for (std::size_t token = 0; token < spellings.size(); ++token) {
    if (is_control[token] || vocabulary.kinds[token] != Kind::kUserDefined) continue;
    const std::string& text = vocabulary.texts[token];
    spellings[token] = {text, false};
    // DeepSeek-Coder's file lists the bytes that no text has (0xF5 to 0xFF and the like) as
    // user-defined characters of the byte alphabet.
    const auto bytes = from_byte_alphabet(text);
    if (bytes && bytes->size() == 1 &&
        !byte_is_spelled[static_cast<unsigned char>(bytes->front())]) {
      spellings[token] = {*bytes, true};
    }
  }
  return spellings;
}

std::uint64_t fingerprint_of(const Vocabulary& vocabulary) {
  // Each text behind its length, so that no two lists are written the same.
  std::string written;
  const auto write_number = [&](std::uint64_t number) {
    written.append(reinterpret_cast<const char*>(&number), sizeof(number));
  };
  const auto write_texts = [&](std::span<const std::string> texts) {
    write_number(texts.size());
    for (const std::string& text : texts) {
      write_number(text.size());
      written += text;
    }
  };
  write_number(kTokenizerVersion);
  write_texts({&vocabulary.pre_tokenizer, 1});
  write_texts(vocabulary.texts);
  for (const Kind kind : vocabulary.kinds) written += static_cast<char>(kind);
  write_texts(vocabulary.merges);
  return hash_64(std::as_bytes(std::span(written)));
}

}  // namespace

struct Tokenizer::State {
  State(PreTokenizer pre_tokenizer_of_model, std::vector<bool> is_control_by_token,
        const std::vector<TokenTable::Spelling>& spellings)
      : pre_tokenizer(std::move(pre_tokenizer_of_model)),
        tokens(spellings),
        is_control(std::move(is_control_by_token)) {}

  PreTokenizer pre_tokenizer;
  TokenTable tokens;
  std::optional<BytePairEncoder> encoder;  // Refers to `tokens`; set once they are in place.
  std::vector<bool> is_control;            // By token id.
  std::map<std::string, TokenId, std::less<>> control_tokens;
  std::optional<TokenId> bos;
  std::optional<TokenId> eos;
  bool adds_bos = false;
  std::uint64_t fingerprint = 0;
};

Result<Tokenizer> Tokenizer::create(const Vocabulary& vocabulary) {
  const std::size_t size = vocabulary.texts.size();
  if (vocabulary.kinds.size() != size) {
    return failure("The vocabulary does not give each of its tokens a kind.");
  }
  for (const auto& token : {vocabulary.bos, vocabulary.eos}) {
    if (token && (*token < 0 || static_cast<std::size_t>(*token) >= size)) {
      return failure("Token " + std::to_string(*token) + " is outside the vocabulary.");
    }
  }
  auto pre_tokenizer = PreTokenizer::create(vocabulary.pre_tokenizer);
  if (!pre_tokenizer) return tl::unexpected(pre_tokenizer.error());

  std::vector<bool> is_control(size);
  std::map<std::string, TokenId, std::less<>> control_tokens;
  for (std::size_t token = 0; token < size; ++token) {
    const std::string& text = vocabulary.texts[token];
    is_control[token] = is_control_kind(vocabulary.kinds[token], text);
    if (is_control[token]) control_tokens.emplace(text, static_cast<TokenId>(token));
  }

  auto spellings = spellings_of(vocabulary, is_control);
  auto state = std::make_unique<State>(std::move(*pre_tokenizer), std::move(is_control), spellings);
  auto encoder = BytePairEncoder::create(
      state->tokens, vocabulary.merges,
      {.prefers_whole_tokens = state->pre_tokenizer.prefers_whole_tokens()});
  if (!encoder) return tl::unexpected(encoder.error());
  state->encoder = std::move(*encoder);
  state->control_tokens = std::move(control_tokens);
  state->bos = vocabulary.bos;
  state->eos = vocabulary.eos;
  state->adds_bos = vocabulary.adds_bos;
  state->fingerprint = fingerprint_of(vocabulary);
  return Tokenizer(std::move(state));
}

Result<Tokenizer> Tokenizer::from_gguf(const gguf::File& file) {
  const auto vocabulary = Vocabulary::from_gguf(file);
  if (!vocabulary) return tl::unexpected(vocabulary.error());
  return create(*vocabulary).map_error([&](Error error) {
    error.message = "The tokeniser in \"" + file.name() + "\" cannot be used: " + error.message;
    return error;
  });
}

Tokenizer::Tokenizer(std::unique_ptr<const State> state) : state_(std::move(state)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

std::vector<TokenId> Tokenizer::encode(std::string_view text) const {
  std::vector<TokenId> tokens;
  tokens.reserve(text.size() / 3);  // Source code has three to four bytes per token.
  BytePairEncoder::Workspace workspace;
  state_->pre_tokenizer.for_each_piece(
      text, [&](std::string_view piece) { state_->encoder->encode(piece, workspace, tokens); });
  return tokens;
}

void Tokenizer::encode_while(std::string_view text, const PieceTaker& take) const {
  std::vector<TokenId> tokens;
  BytePairEncoder::Workspace workspace;
  state_->pre_tokenizer.for_each_piece_while(text, [&](std::string_view piece) {
    tokens.clear();
    state_->encoder->encode(piece, workspace, tokens);
    return take(piece, tokens);
  });
}

std::string Tokenizer::decode(std::span<const TokenId> tokens) const {
  std::string text;
  for (const TokenId token : tokens) text += bytes_of(token);
  return text;
}

std::vector<std::string_view> Tokenizer::split(std::string_view text) const {
  std::vector<std::string_view> pieces;
  state_->pre_tokenizer.for_each_piece(text,
                                       [&](std::string_view piece) { pieces.push_back(piece); });
  return pieces;
}

std::string_view Tokenizer::bytes_of(TokenId token) const { return state_->tokens.bytes_of(token); }

std::span<const TokenId> Tokenizer::tokens_beginning_with(std::string_view bytes) const {
  return state_->tokens.beginning_with(bytes);
}

bool Tokenizer::is_control(TokenId token) const {
  return token >= 0 && static_cast<std::size_t>(token) < vocabulary_size() &&
         state_->is_control[token];
}

std::optional<TokenId> Tokenizer::control_token(std::string_view text) const {
  const auto found = state_->control_tokens.find(text);
  if (found == state_->control_tokens.end()) return std::nullopt;
  return found->second;
}

bool Tokenizer::ends_generation(TokenId token) const {
  return is_control(token) || token == state_->eos;
}

std::optional<TokenId> Tokenizer::bos() const { return state_->bos; }
std::optional<TokenId> Tokenizer::eos() const { return state_->eos; }
bool Tokenizer::adds_bos() const { return state_->adds_bos; }
std::size_t Tokenizer::vocabulary_size() const { return state_->tokens.size(); }
std::uint64_t Tokenizer::fingerprint() const { return state_->fingerprint; }
bool Tokenizer::spells_every_byte() const { return state_->encoder->spells_every_byte(); }

}  // namespace nextline
