#pragma once

#include <boost/json/value.hpp>

#include "lsp/protocol/types.h"

namespace nextline::lsp {

/// As LSP spells them; members that are not set are left out.
boost::json::value to_json(Position position);
boost::json::value to_json(const Range& range);
boost::json::value to_json(const Command& command);
boost::json::value to_json(const InlineCompletionItem& item);
boost::json::value to_json(const MarkupContent& content);
boost::json::value to_json(const CompletionItem& item);
boost::json::value to_json(const InitializeResult& result);
boost::json::value to_json(const ProgressParams& progress);

}  // namespace nextline::lsp
