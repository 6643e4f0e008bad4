#pragma once

#include <cstddef>
#include <optional>

#include "engine/error.h"
#include "server/replay/edit_case.h"
#include "server/replay/random.h"

namespace nextline::replay {

/// The cursor comes from so many lines away, by default 10 or 200, up or down; from fewer where the
/// document has no more, but not from fewer than 10. The text stays as it is. Fails for shorter
/// documents.
Result<EditCase> jump(const Document& document, std::optional<std::size_t> lines, Random& random);

}  // namespace nextline::replay
