#pragma once

#include <boost/json/object.hpp>

#include "engine/session/session.h"

namespace nextline::lsp {

/// What a completion took, as the command line and the items of the language server tell it:
/// milliseconds to the microsecond, and counts.
boost::json::object to_json(const CompletionTiming& timing);
boost::json::object to_json(const CompletionTokens& tokens);

}  // namespace nextline::lsp
