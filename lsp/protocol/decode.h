#pragma once

#include <boost/json/value.hpp>
#include <tl/expected.hpp>

#include "lsp/protocol/message.h"
#include "lsp/protocol/types.h"

namespace nextline::lsp {

/// Decodes the params of a request or notification. The error is InvalidParams with a sentence that
/// names the field. Members that Nextline does not use are not looked at.
///
/// `Params` is one of those named *Params in `types.h`.
template <typename Params>
tl::expected<Params, ResponseError> decode(const boost::json::value& params);

}  // namespace nextline::lsp
