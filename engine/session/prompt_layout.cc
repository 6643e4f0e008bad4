#include "engine/session/prompt_layout.h"

#include <array>

namespace nextline {
namespace {

struct Spelling {
  std::string_view prefix;
  std::string_view suffix;
  std::string_view middle;
};

constexpr std::array kSpellings = {
    Spelling{"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"},  // Qwen2.5-Coder
    Spelling{"<fim_prefix>", "<fim_suffix>", "<fim_middle>"},        // StarCoder
    Spelling{"<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"},  // DeepSeek-Coder
    Spelling{"<PRE>", "<SUF>", "<MID>"},                             // Code Llama
};

struct Name {
  Layout layout;
  std::string_view name;
};

constexpr std::array kNames = {
    Name{Layout::kPlain, "plain"}, Name{Layout::kPrefixSuffixMiddle, "psm"},
    Name{Layout::kSuffixPrefixMiddle, "spm"}, Name{Layout::kBlend, "blend"}};

}  // namespace

std::string_view name_of(Layout layout) {
  for (const Name& entry : kNames) {
    if (entry.layout == layout) return entry.name;
  }
  return "";
}

std::optional<Layout> layout_from_name(std::string_view name) {
  for (const Name& entry : kNames) {
    if (entry.name == name) return entry.layout;
  }
  return std::nullopt;
}

std::optional<FillMarkers> fill_markers(const Tokenizer& tokenizer) {
  for (const Spelling& spelling : kSpellings) {
    const auto prefix = tokenizer.control_token(spelling.prefix);
    const auto suffix = tokenizer.control_token(spelling.suffix);
    const auto middle = tokenizer.control_token(spelling.middle);
    if (prefix && suffix && middle) return FillMarkers{*prefix, *suffix, *middle};
  }
  return std::nullopt;
}

}  // namespace nextline
