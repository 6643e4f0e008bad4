#pragma once

#include <cstddef>
#include <optional>

#include "engine/error.h"
#include "server/replay/document_code.h"
#include "server/replay/edit_case.h"
#include "server/replay/other_code.h"
#include "server/replay/random.h"

namespace nextline::replay {

/// An edit of whole lines above the cursor: `kInsert`, `kDelete`, `kReplace`, or `kMulti`, which is
/// three to five of these. So many lines each; by default 1 to 8, of `kMulti` 1 to 3. How far above
/// the cursor it is varies: each doubling of the distance is as likely. Lines that the document
/// does not have come from the other code. Fails if the document has no such lines.
Result<EditCase> edit_lines(const DocumentCode& code, EditKind kind, const OtherCode& other,
                            std::optional<std::size_t> lines, Random& random);

}  // namespace nextline::replay
