#include "lsp/context/workspace_reader.h"

#include <utility>

#include "lsp/workspace/generated.h"
#include "lsp/workspace/text_file.h"

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

void WorkspaceReader::set_text(const std::string& path, std::shared_ptr<const std::string> text) {
  const auto seen = seen_.find(path);
  if (!text) {
    texts_.erase(path);
    if (seen != seen_.end()) seen->second.bytes.reset();
    return;
  }
  if (seen != seen_.end()) update(path, *text);
  texts_.insert_or_assign(path, std::move(text));
}

void WorkspaceReader::look_at(const WorkspaceFile& file) {
  Seen& seen = seen_[file.path];
  const bool is_as_before = seen.bytes == file.bytes && seen.modified == file.modified &&
                            index_.file(file.path) != nullptr;  // It may have had to go.
  seen.walk = walk_;
  if (const auto open = texts_.find(file.path); open != texts_.end()) {
    return update(file.path, *open->second);
  }
  seen.bytes = file.bytes;
  seen.modified = file.modified;
  if (is_as_before) return;
  if (const auto text = files_->read(file.path)) {
    update(file.path, *text);
  } else {
    remove(file.path);
  }
}

void WorkspaceReader::update(const std::string& path, std::string_view text) {
  // Whatever is typed, only what would be read from the disk gets in.
  if (text.size() > options_.most_file_bytes || !is_plain_text(text) || has_endless_lines(text)) {
    return remove(path);
  }
  if (index_.update(path, text)) ++changes_;
}

void WorkspaceReader::remove(const std::string& path) {
  if (index_.file(path) != nullptr) ++changes_;
  index_.remove(path);
}

void WorkspaceReader::forget_others() {
  std::erase_if(seen_, [&](const auto& entry) {
    const auto& [path, seen] = entry;
    if (seen.walk == walk_) return false;
    remove(path);
    return true;
  });
}

}  // namespace nextline::lsp
