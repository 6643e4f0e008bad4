#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/tokenizer/tokenizer.h"

namespace nextline {

/// To be raised with every change of how a prompt is put together (its parts, their order, the
/// markers, where its windows end): prompts that are kept on disk are then left unread.
inline constexpr std::uint32_t kPromptLayoutVersion = 3;

/// How a prompt is put together from the text before the cursor and the text behind it.
enum class Layout : std::uint8_t {
  kPlain,               ///< The text before the cursor only.
  kPrefixSuffixMiddle,  ///< prefix · suffix marker · suffix · middle marker
  kSuffixPrefixMiddle,  ///< suffix marker · suffix · middle marker · prefix
  /// As kPrefixSuffixMiddle, of which the plain text before the cursor is the beginning: what the
  /// model says behind the one and behind the other is blended.
  kBlend,
};

/// Whether the text behind the cursor stands behind the text before it.
constexpr bool has_suffix_last(Layout layout) {
  return layout == Layout::kPrefixSuffixMiddle || layout == Layout::kBlend;
}

/// "plain", "psm", "spm", "blend".
std::string_view name_of(Layout layout);
std::optional<Layout> layout_from_name(std::string_view name);

/// The control tokens between the parts of a fill-in-the-middle prompt (Bavarian et al., "Efficient
/// Training of Language Models to Fill in the Middle").
struct FillMarkers {
  TokenId prefix;
  TokenId suffix;
  TokenId middle;
};

/// Nothing if the model has not been trained to fill in the middle.
std::optional<FillMarkers> fill_markers(const Tokenizer& tokenizer);

}  // namespace nextline
