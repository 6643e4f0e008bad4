#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/error.h"
#include "server/replay/edit_case.h"

namespace nextline::replay {

struct EditOptions {
  std::uint64_t seed = 1;
  /// Of an insertion, deletion or replacement, of each place of several, or of a jump; the kind's
  /// own choice if there is none.
  std::optional<std::size_t> lines = {};
};

/// A case that ends with a document: what it was before is derived by undoing an edit of the kind
/// (all but `kCommits`, whose edits are somebody's). `row` names the document; the case's id is
/// that name, the kind and the variant, and what is drawn depends on it, the seed and the kind.
/// Lines, names and values that the document lacks are taken from `other`, code of the same
/// language; if that is empty, from the document.
///
/// No text of the case has the awaited line at the cursor, and none of what comes or goes is equal
/// to it. Fails with a sentence if the document does not allow for such an edit.
Result<EditCase> make_edit(const Document& document, EditKind kind, std::string_view row,
                           std::string_view other, const EditOptions& options = {});

}  // namespace nextline::replay
