#include "server/replay/changed_file.h"

namespace nextline::replay {

std::vector<ChangedFile> changed_files(const SourceTree& old_tree, const SourceTree& new_tree,
                                       Language language, const std::string& change) {
  std::vector<ChangedFile> changed;
  auto old_file = old_tree.files().begin();
  for (const SourceFile& new_file : new_tree.files()) {
    while (old_file != old_tree.files().end() && old_file->path < new_file.path) ++old_file;
    if (old_file == old_tree.files().end()) break;
    if (old_file->path == new_file.path && new_file.language == language &&
        old_file->text != new_file.text) {
      changed.push_back({change, new_file.path, old_file->text, new_file.text});
    }
  }
  return changed;
}

}  // namespace nextline::replay
