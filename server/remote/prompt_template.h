#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nextline::remote {

/// How a model is shown a place that it is to fill: the text before, the text behind, and the
/// markers between, which the server reads as control tokens.
struct PromptTemplate {
  enum class Order : std::uint8_t {
    kBeforeBehind,  ///< Marker, text before, marker, text behind, marker.
    kBehindBefore,  ///< Marker, text behind, marker, text before.
    kSuffix,        ///< The server takes the text behind as `suffix`, and puts the markers itself.
    kPlain,         ///< The text before alone.
  };
  Order order = Order::kPlain;
  std::array<std::string_view, 3> markers = {};  ///< In their order; those that are unused empty.
  bool operator==(const PromptTemplate&) const = default;
};

/// "qwen", "starcoder", "deepseek", "codellama", "codestral", "suffix", "plain".
std::optional<PromptTemplate> template_from_name(std::string_view name);
/// All these, for people.
std::string template_names();

/// The template of a model that is trained for one and says by its name which that is.
std::optional<PromptTemplate> template_of_model(std::string_view model);

/// What a template is filled with.
struct PromptText {
  std::string_view context;  ///< Stands in front of the text before.
  std::string_view before;
  std::string_view behind;
};

/// The prompt. A text that holds markers itself (this program's own source, for one) is cut there:
/// the server would take them for the prompt's.
std::string prompt_of(const PromptTemplate& prompt, const PromptText& text);

/// The end of a text behind the last marker in it, and its beginning before the first one.
std::string_view behind_markers(const PromptTemplate& prompt, std::string_view text);
std::string_view before_markers(const PromptTemplate& prompt, std::string_view text);

}  // namespace nextline::remote
