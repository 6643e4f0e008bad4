#include "lsp/context/workspace_reader.h"

#include <utility>

namespace nextline::lsp {

WorkspaceReader::WorkspaceReader(SymbolIndex& index, std::filesystem::path folder,
                                 WorkspaceFilesOptions options)
    : index_(index), folder_(std::move(folder)), options_(std::move(options)) {
  if (!options_.is_wanted) options_.is_wanted = Outline::knows;
}

bool WorkspaceReader::step() {
  if (!files_) {
    files_ = std::make_unique<WorkspaceFiles>(folder_, options_);
    ++walk_;
  }
  if (const auto file = files_->next()) look_at(*file);
  const bool is_full = !index_.has_room();
  if (!files_->has_ended() && !is_full) return true;
  // What a limit kept from being seen may still be there.
  if (!is_full && !files_->is_cut()) forget_others();
  files_.reset();
  return false;
}

void WorkspaceReader::set_open(const std::string& path, bool is_open) {
  if (is_open) {
    open_.insert(path);
  } else {
    open_.erase(path);
  }
  seen_[path] = {};  // It is read again once it is closed, whatever was typed.
}

void WorkspaceReader::look_at(const WorkspaceFile& file) {
  Seen& seen = seen_[file.path];
  const bool is_as_before = seen.walk != 0 && seen.bytes == file.bytes &&
                            seen.modified == file.modified &&
                            index_.file(file.path) != nullptr;  // It may have had to go.
  seen = {file.bytes, file.modified, walk_};
  if (is_as_before || open_.contains(file.path)) return;
  if (const auto text = files_->read(file.path)) {
    index_.update(file.path, *text);
  } else {
    index_.remove(file.path);
  }
}

void WorkspaceReader::forget_others() {
  std::erase_if(seen_, [&](const auto& entry) {
    const auto& [path, seen] = entry;
    if (seen.walk == walk_ || open_.contains(path)) return false;
    index_.remove(path);
    return true;
  });
}

}  // namespace nextline::lsp
