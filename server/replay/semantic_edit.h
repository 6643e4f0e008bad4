#pragma once

#include "engine/error.h"
#include "server/replay/document_code.h"
#include "server/replay/edit_case.h"
#include "server/replay/other_code.h"
#include "server/replay/random.h"

namespace nextline::replay {

/// An edit of a definition that the awaited line uses. It is at least 8 lines above it, no line
/// nearer names what it defines, and few others do, so that what the awaited line needs is to be
/// learnt from the edit:
///  - "define": the definition is missing in the old text;
///  - "rename": there, it has another name, and in half of the cases so have its uses above the
///    cursor;
///  - "change": there, it has other parameters, another type or another value.
/// Fails if the awaited line uses nothing of the kind.
Result<EditCase> edit_definition(const DocumentCode& code, const OtherCode& other, Random& random);

}  // namespace nextline::replay
