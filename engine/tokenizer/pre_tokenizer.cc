#include "engine/tokenizer/pre_tokenizer.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <limits>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "engine/tokenizer/utf8.h"

namespace nextline {
namespace {

// The patterns below are those of the models' tokenizer.json files, where several in a row form a
// `Sequence` of `Split` steps with the behaviour "Isolated": match and gap each become a piece.

// The `ByteLevel` step that GPT-2 began with.
constexpr std::string_view kGpt2Words =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

constexpr std::string_view kGpt2[] = {kGpt2Words};

// StarCoder and its heirs put the step `Digits` (one by one) before it.
constexpr std::string_view kStarcoder[] = {R"(\p{N})", kGpt2Words};

constexpr std::string_view kLlama3[] = {
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)"};

// Llama 3's, with single digits.
constexpr std::string_view kQwen2[] = {
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)"};

// Qwen2's, with newlines kept apart from punctuation.
constexpr std::string_view kSeedCoder[] = {
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)"};

// The fourth step's ranges, published as literal characters: U+0800 to the last ideograph of
// Unicode 1.1, and the Hangul syllables with the jamo behind them.
constexpr std::string_view kDeepseekCoder[] = {
    R"([\r\n])", R"(\s?\p{L}+)", R"(\s?\p{P}+)",
    R"([\x{4E00}-\x{9FA5}\x{0800}-\x{4E00}\x{AC00}-\x{D7FF}]+)", R"(\p{N})"};

struct Specification {
  std::string_view name;
  std::span<const std::string_view> patterns;
  bool prefers_whole_tokens = false;
};

constexpr std::array kSpecifications = {
    Specification{"default", kGpt2},
    Specification{"gpt-2", kGpt2},
    Specification{"mellum", kGpt2},
    Specification{"starcoder", kStarcoder},
    Specification{"refact", kStarcoder},
    Specification{"command-r", kStarcoder},
    Specification{"smollm", kStarcoder},
    Specification{"qwen2", kQwen2},
    Specification{"llama-bpe", kLlama3, true},
    Specification{"llama3", kLlama3, true},
    Specification{"llama-v3", kLlama3, true},
    Specification{"deepseek-coder", kDeepseekCoder},
    Specification{"seed-coder", kSeedCoder},
};

// In PCRE2 `\s` takes U+180E, as Perl does; Oniguruma, which the published tokenisers use, goes by
// the Unicode property White_Space.
std::string with_unicode_white_space(std::string_view pattern) {
  std::string rewritten;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const std::string_view escape = pattern.substr(i, 2);
    if (escape == R"(\s)" || escape == R"(\S)") {
      rewritten += escape == R"(\s)" ? R"(\p{White_Space})" : R"(\P{White_Space})";
      ++i;
    } else {
      rewritten += pattern[i];
    }
  }
  return rewritten;
}

std::string known_names() {
  std::string names;
  for (const Specification& specification : kSpecifications) {
    if (!names.empty()) names += ", ";
    names += specification.name;
  }
  return names;
}

struct FreePcre2 {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

struct Match {
  std::size_t begin;
  std::size_t end;
};

}  // namespace

/// A compiled pattern. Read-only once compiled.
class PreTokenizer::Pattern {
 public:
  static Result<Pattern> compile(std::string_view published) {
    const std::string pattern = with_unicode_white_space(published);
    int error_code = 0;
    PCRE2_SIZE error_offset = 0;
    std::unique_ptr<pcre2_code, FreePcre2> code(
        pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                      PCRE2_UTF | PCRE2_UCP, &error_code, &error_offset, nullptr));
    if (!code) {
      return failure("This build's regular expression library cannot read the model's pattern.",
                     "PCRE2 error " + std::to_string(error_code) + " at offset " +
                         std::to_string(error_offset) + " of " + pattern);
    }
    // Where memory may not be made executable, this fails and PCRE2 interprets the pattern.
    pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE);
    return Pattern(std::move(code));
  }

  const pcre2_code* code() const { return code_.get(); }

 private:
  explicit Pattern(std::unique_ptr<pcre2_code, FreePcre2> code) : code_(std::move(code)) {}

  std::unique_ptr<pcre2_code, FreePcre2> code_;
};

/// The memory that matching writes to; one for each call of `for_each_piece`.
class PreTokenizer::Matcher {
 public:
  Matcher()
      : data_(pcre2_match_data_create(1, nullptr)), context_(pcre2_match_context_create(nullptr)) {
    if (!data_ || !context_) throw std::bad_alloc();
    // The patterns are ours and never nest a repetition in another, so their time is bounded by the
    // text; PCRE2's limits, meant for patterns of strangers, would only cut long runs short.
    constexpr std::uint32_t kUnlimited = std::numeric_limits<std::uint32_t>::max();
    pcre2_set_match_limit(context_.get(), kUnlimited);
    pcre2_set_depth_limit(context_.get(), kUnlimited);
    pcre2_set_heap_limit(context_.get(), kUnlimited);
  }

  /// The first match in `text` at or behind `from`. `text` must be well-formed UTF-8.
  std::optional<Match> find(const Pattern& pattern, std::string_view text, std::size_t from) const {
    const int result =
        pcre2_match(pattern.code(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from,
                    PCRE2_NO_UTF_CHECK, data_.get(), context_.get());
    // Besides "no match" there is only lack of memory, where an uncut piece is the gentlest answer.
    if (result < 0) return std::nullopt;
    const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(data_.get());
    return Match{ends[0], ends[1]};
  }

 private:
  std::unique_ptr<pcre2_match_data, FreePcre2> data_;
  std::unique_ptr<pcre2_match_context, FreePcre2> context_;
};

Result<PreTokenizer> PreTokenizer::create(std::string_view name) {
  const auto specification =
      std::ranges::find(kSpecifications, name.empty() ? "default" : name, &Specification::name);
  if (specification == kSpecifications.end()) {
    return failure("The model's pre-tokeniser \"" + std::string(name) +
                   "\" is not supported; Nextline knows " + known_names() + ".");
  }
  std::vector<Pattern> patterns;
  for (const std::string_view published : specification->patterns) {
    auto pattern = Pattern::compile(published);
    if (!pattern) return tl::unexpected(pattern.error());
    patterns.push_back(std::move(*pattern));
  }
  return PreTokenizer(std::move(patterns), specification->prefers_whole_tokens);
}

PreTokenizer::PreTokenizer(std::vector<Pattern> patterns, bool prefers_whole_tokens)
    : patterns_(std::move(patterns)), prefers_whole_tokens_(prefers_whole_tokens) {}

PreTokenizer::PreTokenizer(PreTokenizer&&) noexcept = default;
PreTokenizer& PreTokenizer::operator=(PreTokenizer&&) noexcept = default;
PreTokenizer::~PreTokenizer() = default;

void PreTokenizer::for_each_piece(std::string_view text, const PieceVisitor& visit) const {
  cut(text, Matcher(), [&](std::string_view piece) {
    visit(piece);
    return true;
  });
}

void PreTokenizer::for_each_piece_while(std::string_view text, const PieceTaker& take) const {
  // Checking UTF-8 and looking for a step's next match would read on to the end of the text. So it
  // is cut window by window, each from the last border that the one before settled.
  constexpr std::size_t kFirstWindow = 256;
  const Matcher matcher;
  bool goes_on = true;
  for (std::size_t length = kFirstWindow; goes_on && !text.empty(); length *= 2) {
    const std::string_view window = text.substr(0, length);
    const std::size_t end = window.size() == text.size() ? text.size() : settled(window);
    std::size_t taken = 0;
    cut(window, matcher, [&](std::string_view piece) {
      if (taken + piece.size() > end) return false;
      taken += piece.size();
      return goes_on = take(piece);
    });
    text.remove_prefix(taken);
  }
}

std::size_t PreTokenizer::settled(std::string_view beginning) {
  // Behind a piece the patterns look at a run of white space and the first character that is none,
  // and behind a quote at two characters, as in "'re". A graphic ASCII character ends the run, and
  // no UTF-8 sequence extends across it; a byte behind it tells whether it and its neighbour are
  // such a pair. So a border is settled where these two bytes follow it.
  const auto is_graphic = [](char byte) { return byte > ' ' && byte < '\x7F'; };
  for (std::size_t offset = beginning.size(); offset >= 2; --offset) {
    if (is_graphic(beginning[offset - 2])) return offset - 2;
  }
  return 0;
}

// False once a piece is answered so.
bool PreTokenizer::cut(std::string_view text, const Matcher& matcher,
                       const PieceTaker& take) const {
  while (!text.empty()) {
    const std::size_t well_formed = well_formed_utf8_prefix(text);
    if (!split(text.substr(0, well_formed), 0, matcher, take)) return false;
    text.remove_prefix(well_formed);
    if (text.empty()) return true;
    if (!take(text.substr(0, 1))) return false;
    text.remove_prefix(1);
  }
  return true;
}

// Cuts `text` by the patterns from `stage` on. Each step sees nothing but the piece it cuts, so
// that a look-ahead ends where the piece ends.
bool PreTokenizer::split(std::string_view text, std::size_t stage, const Matcher& matcher,
                         const PieceTaker& take) const {
  if (text.empty()) return true;
  if (stage == patterns_.size()) return take(text);
  std::size_t position = 0;
  while (position < text.size()) {
    const auto match = matcher.find(patterns_[stage], text, position);
    if (!match) break;
    assert(match->end > match->begin && "no pattern matches the empty string");
    const std::string_view gap = text.substr(position, match->begin - position);
    const std::string_view found = text.substr(match->begin, match->end - match->begin);
    if (!split(gap, stage + 1, matcher, take)) return false;
    if (!split(found, stage + 1, matcher, take)) return false;
    position = match->end;
  }
  return split(text.substr(position), stage + 1, matcher, take);
}

}  // namespace nextline
