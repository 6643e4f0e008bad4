#include "server/replay/undone_edit.h"

#include <utility>

namespace nextline::replay {

EditCase case_of(const Document& document, EditKind kind, std::string variant,
                 const std::vector<UndoneEdit>& edits) {
  EditCase made{"", document.language, kind, std::move(variant), document.path,
                "", document.cursor,   {},   document.awaited};
  EditStep step{{}, document.cursor};
  std::size_t reached = 0;
  for (const UndoneEdit& edit : edits) {
    made.old_text += document.text.substr(reached, edit.now.first - reached);
    made.old_text += edit.before;
    made.old_cursor += edit.before.size();
    made.old_cursor -= edit.now.size();
    reached = edit.now.last;
    // What stands before this edit is new already, so that its place is the one in the document.
    step.edits.push_back(
        {edit.now.first, edit.before.size(), std::string(edit.now.of(document.text))});
  }
  made.old_text += document.text.substr(reached);
  made.steps.push_back(std::move(step));
  return made;
}

std::string counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace nextline::replay
