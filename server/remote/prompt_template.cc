#include "server/remote/prompt_template.h"

#include <algorithm>
#include <cctype>

namespace nextline::remote {
namespace {

using Order = PromptTemplate::Order;

struct NamedTemplate {
  std::string_view name;
  PromptTemplate prompt;
};

// What the publishers of the models say of them. A marker must not be part of another one's.
constexpr std::array kTemplates = {
    // Qwen2.5-Coder and later, CodeGemma.
    NamedTemplate{"qwen",
                  {Order::kBeforeBehind, {"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"}}},
    // StarCoder and StarCoder2, Granite code models.
    NamedTemplate{"starcoder",
                  {Order::kBeforeBehind, {"<fim_prefix>", "<fim_suffix>", "<fim_middle>"}}},
    NamedTemplate{"deepseek",
                  {Order::kBeforeBehind,
                   {"<\uFF5Cfim\u2581begin\uFF5C>", "<\uFF5Cfim\u2581hole\uFF5C>",
                    "<\uFF5Cfim\u2581end\uFF5C>"}}},
    NamedTemplate{"codellama", {Order::kBeforeBehind, {"<PRE> ", " <SUF>", " <MID>"}}},
    NamedTemplate{"codestral", {Order::kBehindBefore, {"[SUFFIX]", "[PREFIX]", ""}}},
    NamedTemplate{"suffix", {Order::kSuffix, {}}},
    NamedTemplate{"plain", {Order::kPlain, {}}},
};

struct Family {
  std::string_view word;  // In a model's name, in small letters.
  std::string_view prompt;
};

constexpr std::array kFamilies = {
    Family{"qwen2.5-coder", "qwen"},  Family{"qwen3-coder", "qwen"},
    Family{"codegemma", "qwen"},      Family{"starcoder", "starcoder"},
    Family{"granite", "starcoder"},   Family{"deepseek-coder", "deepseek"},
    Family{"codellama", "codellama"}, Family{"code-llama", "codellama"},
    Family{"codestral", "codestral"},
};

/// The markers without the blanks around them, which may be written otherwise in a text.
std::string_view bare(std::string_view marker) {
  while (marker.starts_with(' ')) marker.remove_prefix(1);
  while (marker.ends_with(' ')) marker.remove_suffix(1);
  return marker;
}

}  // namespace

std::optional<PromptTemplate> template_from_name(std::string_view name) {
  const auto* const found = std::ranges::find(kTemplates, name, &NamedTemplate::name);
  if (found == kTemplates.end()) return std::nullopt;
  return found->prompt;
}

std::string template_names() {
  std::string names;
  for (const NamedTemplate& named : kTemplates) {
    if (!names.empty()) names += &named == &kTemplates.back() ? " or " : ", ";
    names += named.name;
  }
  return names;
}

std::optional<PromptTemplate> template_of_model(std::string_view model) {
  std::string name(model);
  std::ranges::transform(name, name.begin(), [](unsigned char letter) {
    return static_cast<char>(std::tolower(letter));
  });
  for (const Family& family : kFamilies) {
    if (name.find(family.word) != std::string::npos) return template_from_name(family.prompt);
  }
  return std::nullopt;
}

std::string_view behind_markers(const PromptTemplate& prompt, std::string_view text) {
  for (const std::string_view marker : prompt.markers) {
    const std::size_t last = marker.empty() ? text.npos : text.rfind(bare(marker));
    if (last != text.npos) text.remove_prefix(last + bare(marker).size());
  }
  return text;
}

std::string_view before_markers(const PromptTemplate& prompt, std::string_view text) {
  for (const std::string_view marker : prompt.markers) {
    const std::size_t first = marker.empty() ? text.npos : text.find(bare(marker));
    if (first != text.npos) text = text.substr(0, first);
  }
  return text;
}

std::string prompt_of(const PromptTemplate& prompt, const PromptText& text) {
  const std::string_view before = behind_markers(prompt, text.before);
  const std::string_view behind = before_markers(prompt, text.behind);
  // What is cut of the context is its beginning, unless the document begins anew behind a marker.
  const std::string_view context =
      before.size() == text.before.size() ? behind_markers(prompt, text.context) : "";
  const auto& [first, second, third] = prompt.markers;
  std::string filled;
  const auto append = [&filled](auto... parts) { (filled.append(parts), ...); };
  switch (prompt.order) {
    case Order::kBeforeBehind:
      append(first, context, before, second, behind, third);
      break;
    case Order::kBehindBefore:
      append(first, behind, second, context, before);
      break;
    case Order::kSuffix:
    case Order::kPlain:
      append(context, before);
      break;
  }
  return filled;
}

}  // namespace nextline::remote
