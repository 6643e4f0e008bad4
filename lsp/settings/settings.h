#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "lsp/completion/completion_end.h"

namespace nextline::lsp {

/// What a user can set in the editor, while documents are open. What each setting is called there,
/// what it may be and what it is for: `all_settings`.
struct Settings {
  bool enabled = true;
  std::map<std::string, bool, std::less<>> languages = {};
  bool automatic = true;
  bool suggest_in_comments = false;
  bool suggest_in_strings = false;
  std::vector<std::string> ignore = {};
  std::uint32_t max_tokens = 64;
  CompletionExtent extent = CompletionExtent::kAutomatic;
  OpenStatement open_statement = OpenStatement::kFinish;
  double least_confidence = 0;
  std::uint32_t candidates = 3;
  bool look_ahead = true;
  bool context_enabled = true;
  std::uint32_t context_tokens = 0;
  bool operator==(const Settings&) const = default;
};

}  // namespace nextline::lsp
