#pragma once

#include <string_view>

#include "lsp/completion/suggestion.h"

namespace nextline::server {

/// What a label of a metric calls the reason for which nothing is suggested: "in_comment".
std::string_view reason_label(const lsp::WhyNothing& why);

}  // namespace nextline::server
