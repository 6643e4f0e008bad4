// A vocabulary of a model file, and text. Tokens and merges are made of each other, so that most
// vocabularies are ones; some have tokens and merges that are anything.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/tokenizer/byte_alphabet.h"
#include "engine/tokenizer/heal_point.h"
#include "engine/tokenizer/streaming_detokenizer.h"
#include "engine/tokenizer/tokenized_text.h"
#include "engine/tokenizer/tokenizer.h"
#include "engine/tokenizer/utf8.h"
#include "engine/tokenizer/vocabulary.h"
#include "tests/support/fuzzed_input.h"
#include "tests/unit/tokenizer/token_changes.h"

namespace {

using namespace nextline;
using nextline::test::FuzzedInput;
using Kind = Vocabulary::Kind;
using Tokens = std::vector<TokenId>;

void require(bool holds) {
  if (!holds) std::abort();
}

// One for each set of patterns, the order is that of the seeds; and one that there is not.
constexpr std::array kPreTokenizers = {"gpt-2",      "starcoder",      "qwen2", "llama-bpe",
                                       "seed-coder", "deepseek-coder", "none"};
constexpr std::size_t kLongestToken = 16;
constexpr std::size_t kLongestText = 2000;
constexpr int kMostEdits = 8;

/// What the vocabulary is made of, in bytes where it is well made.
struct Parts {
  std::vector<std::string> tokens;                          // By id.
  std::map<std::pair<std::string, std::string>, int> rank;  // Of merges.
  bool is_well_made = true;                                 // Nothing in it is just anything.
};

void add_bytes(FuzzedInput& input, Vocabulary& vocabulary, Parts& parts) {
  const std::size_t missing = input.byte();  // One byte may lack a token; 0: none does.
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const char letter = static_cast<char>(byte);
    const bool is_missing = missing != 0 && byte == missing;
    parts.tokens.emplace_back(1, letter);
    vocabulary.texts.push_back(to_byte_alphabet({&letter, 1}));
    vocabulary.kinds.push_back(is_missing ? Kind::kUnused : Kind::kNormal);
  }
}

void add_merges(FuzzedInput& input, Vocabulary& vocabulary, Parts& parts) {
  for (std::size_t count = input.byte(); count > 0 && !input.has_ended(); --count) {
    const std::string left = parts.tokens[input.below(parts.tokens.size())];
    const std::string right = parts.tokens[input.below(parts.tokens.size())];
    if (left.size() + right.size() > kLongestToken) continue;
    vocabulary.merges.push_back(to_byte_alphabet(left) + " " + to_byte_alphabet(right));
    parts.rank.emplace(std::pair(left, right), static_cast<int>(parts.rank.size()));
    if (std::ranges::find(parts.tokens, left + right) != parts.tokens.end()) continue;
    parts.tokens.push_back(left + right);
    vocabulary.texts.push_back(to_byte_alphabet(left + right));
    vocabulary.kinds.push_back(Kind::kNormal);
  }
}

void add_anything(FuzzedInput& input, Vocabulary& vocabulary, Parts& parts) {
  for (std::size_t count = input.below(16); count > 0; --count) {
    vocabulary.kinds.push_back(static_cast<Kind>(input.below(6)));
    vocabulary.texts.emplace_back(input.text(input.below(14)));
    parts.tokens.emplace_back();
    parts.is_well_made = false;
  }
  for (std::size_t count = input.below(4); count > 0; --count) {
    vocabulary.merges.emplace_back(input.text(input.below(14)));
    parts.is_well_made = false;
  }
  if (input.below(4) == 1) vocabulary.bos = static_cast<TokenId>(input.below(600)) - 10;
  if (input.below(4) == 1) vocabulary.eos = static_cast<TokenId>(input.below(600)) - 10;
}

/// The bytes of a piece, joined pair by pair as the paper says: the slow and simple twin.
std::vector<std::string> merged(std::string_view piece, const Parts& parts) {
  std::vector<std::string> symbols;
  for (const char letter : piece) symbols.emplace_back(1, letter);
  for (;;) {
    int best = std::numeric_limits<int>::max();
    std::size_t place = 0;
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      const auto found = parts.rank.find({symbols[i], symbols[i + 1]});
      if (found == parts.rank.end() || found->second >= best) continue;
      best = found->second;
      place = i;
    }
    if (best == std::numeric_limits<int>::max()) return symbols;
    symbols[place] += symbols[place + 1];
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(place) + 1);
  }
}

void check_encoding(const Tokenizer& tokenizer, const Parts& parts, std::string_view text,
                    bool prefers_whole_tokens) {
  const Tokens tokens = tokenizer.encode(text);
  const std::string decoded = tokenizer.decode(tokens);
  require(decoded.size() == text.size());
  require(!tokenizer.spells_every_byte() || decoded == text);
  for (const TokenId token : tokens) {
    require(!tokenizer.is_control(token) && !tokenizer.bytes_of(token).empty());
  }

  std::string joined;
  std::vector<std::string> expected;
  const bool is_comparable =
      parts.is_well_made && tokenizer.spells_every_byte() && !prefers_whole_tokens;
  for (const std::string_view piece : tokenizer.split(text)) {
    require(!piece.empty());
    joined += piece;
    if (!is_comparable) continue;
    for (std::string& symbol : merged(piece, parts)) expected.push_back(std::move(symbol));
  }
  require(joined == text);
  if (!is_comparable) return;
  require(expected.size() == tokens.size());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    require(tokenizer.bytes_of(tokens[i]) == expected[i]);
  }
}

/// What comes out token by token is well-formed at every step, and in the end the whole.
void check_stream(const Tokenizer& tokenizer, std::string_view text) {
  StreamingDetokenizer stream(tokenizer);
  const Tokens tokens = tokenizer.encode(text);
  const std::string whole = tokenizer.decode(tokens);
  std::string said;
  for (const TokenId token : tokens) {
    said += stream.push(token);
    require(well_formed_utf8_prefix(said) == said.size());
  }
  said += stream.finish();
  require(well_formed_utf8_prefix(said) == said.size());
  if (well_formed_utf8_prefix(whole) == whole.size()) require(said == whole);
}

void check_lookups(const Tokenizer& tokenizer, std::string_view text) {
  for (const TokenId token : {-1, 0, static_cast<TokenId>(tokenizer.vocabulary_size()),
                              std::numeric_limits<TokenId>::max()}) {
    (void)tokenizer.bytes_of(token);
    (void)tokenizer.ends_generation(token);
  }
  const std::string_view beginning = text.substr(0, 3);
  std::string_view last;
  for (const TokenId token : tokenizer.tokens_beginning_with(beginning)) {
    require(tokenizer.bytes_of(token).starts_with(beginning));
    require(last <= tokenizer.bytes_of(token) && !tokenizer.is_control(token));
    last = tokenizer.bytes_of(token);
  }
  const std::size_t healed = heal_point(tokenizer, text);
  require(healed <= text.size() && text.size() - healed <= 32);
}

/// After an edit the tokens are those of the whole text, and the changes lead to them.
void check_edits(const Tokenizer& tokenizer, std::string_view text, FuzzedInput& input) {
  TokenizedText edited(tokenizer, text);
  for (int i = 0; i < kMostEdits && !input.has_ended(); ++i) {
    const Tokens before(edited.tokens().begin(), edited.tokens().end());
    const std::size_t offset = input.below(edited.text().size() + 1);
    const std::size_t removed = std::min(edited.text().size() - offset, input.byte());
    const auto changes = edited.replace(offset, removed, input.text(input.below(64)));
    const Tokens after(edited.tokens().begin(), edited.tokens().end());
    require(after == tokenizer.encode(edited.text()));
    require(nextline::test::replayed(before, changes, after) == after);
    std::size_t reached = 0;
    for (std::size_t token = 0; token < after.size(); ++token) {
      require(edited.offset_of(token) == reached && edited.token_at(reached) == token);
      reached += tokenizer.bytes_of(after[token]).size();
    }
    require(edited.offset_of(after.size()) == reached && reached == edited.text().size());
  }
}

}  // namespace

// The pre-tokeniser, the byte that lacks a token, merges, whether there is something that is just
// anything; then a text with its length in two bytes, and edits of it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedInput input({data, size});
  Vocabulary vocabulary;
  Parts parts;
  vocabulary.pre_tokenizer = kPreTokenizers[input.below(kPreTokenizers.size())];
  add_bytes(input, vocabulary, parts);
  add_merges(input, vocabulary, parts);
  if (input.below(4) == 1) add_anything(input, vocabulary, parts);
  const auto tokenizer = Tokenizer::create(vocabulary);
  if (!tokenizer) {
    require(!tokenizer.error().message.empty());
    return 0;
  }
  require(tokenizer->vocabulary_size() == vocabulary.texts.size());
  const std::string text(input.text(input.below(kLongestText)));
  check_encoding(*tokenizer, parts, text, vocabulary.pre_tokenizer == "llama-bpe");
  check_stream(*tokenizer, text);
  check_lookups(*tokenizer, text);
  check_edits(*tokenizer, text, input);
  return 0;
}
