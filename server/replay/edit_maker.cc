#include "server/replay/edit_maker.h"

#include <fmt/format.h>
#include <string>

#include <cassert>

#include "server/replay/document_code.h"
#include "server/replay/draw.h"
#include "server/replay/jump.h"
#include "server/replay/keystrokes.h"
#include "server/replay/line_edits.h"
#include "server/replay/other_code.h"
#include "server/replay/semantic_edit.h"

namespace nextline::replay {
namespace {

Result<EditCase> make(const DocumentCode& code, EditKind kind, const OtherCode& other,
                      const EditOptions& options, Random& random) {
  switch (kind) {
    case EditKind::kInsert:
    case EditKind::kDelete:
    case EditKind::kReplace:
    case EditKind::kMulti:
      return edit_lines(code, kind, other, options.lines, random);
    case EditKind::kKeystrokes:
      return type_line_above(code);
    case EditKind::kSemantic:
      return edit_definition(code, other, random);
    case EditKind::kJump:
      return jump(code.document(), options.lines, random);
    case EditKind::kCommits:
      break;
  }
  return failure("What a commit changed cannot be made up.");
}

bool gives_away(const DocumentCode& code, const EditCase& made) {
  for (const EditStep& step : made.steps) {
    for (const TextEdit& edit : step.edits) {
      if (code.gives_away(edit.inserted)) return true;
    }
  }
  return false;
}

}  // namespace

Result<EditCase> make_edit(const Document& document, EditKind kind, std::string_view row,
                           std::string_view other, const EditOptions& options) {
  assert(document.cursor <= document.text.size());
  if (options.lines == 0) return failure("An edit concerns one line at the least.");
  const DocumentCode code(document);
  const OtherCode other_code(document.language, other.empty() ? document.text : other);
  Random random(seed_for(options.seed, fmt::format("{}:{}", row, name_of(kind))));
  auto made = make(code, kind, other_code, options, random);
  if (!made) return made;
  if (gives_away(code, *made)) return failure("The edit would give the awaited line away.");
  made->id = fmt::format("{}:{}:{}", row, name_of(kind), made->variant);
  assert(new_text(*made) == document.text);
  return made;
}

}  // namespace nextline::replay
