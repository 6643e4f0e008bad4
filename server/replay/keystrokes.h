#pragma once

#include "engine/error.h"
#include "server/replay/document_code.h"
#include "server/replay/edit_case.h"

namespace nextline::replay {

/// The line above the awaited one is typed, and blank lines between the two: first its indentation,
/// which an editor gives at once, then a step for each character and line end. The cursor follows.
/// Fails if no code stands there.
Result<EditCase> type_line_above(const DocumentCode& code);

}  // namespace nextline::replay
