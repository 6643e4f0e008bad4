#pragma once

#include <boost/json/value.hpp>
#include <optional>

#include "lsp/protocol/types.h"

namespace nextline::lsp {

/// The params of `client/registerCapability` for what the client only does when it is asked to, and
/// can be asked: to say that the configuration or files of the workspace have changed. Nothing if
/// there is nothing to ask for.
std::optional<boost::json::value> registrations_for(const ClientCapabilities& capabilities);

}  // namespace nextline::lsp
