#pragma once

#include <string>
#include <string_view>

#include "lsp/protocol/types.h"

namespace nextline::lsp {

/// An entry of a completion menu that puts `text` in the place of `range`, as the client can show
/// it: by its first line and, where there are several, all of them beside it. `language_id` is the
/// document's, as the client calls it.
CompletionItem menu_item(const std::string& text, const Range& range, std::string_view language_id,
                         const ClientCapabilities& client);

}  // namespace nextline::lsp
