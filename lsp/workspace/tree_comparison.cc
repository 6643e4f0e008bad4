#include "lsp/workspace/tree_comparison.h"

#include <string_view>

#include "engine/tokenizer/utf8.h"

namespace nextline::lsp {
namespace {

constexpr int kDeepestFolder = 64;

bool is_folder(const git_tree_entry* entry) {
  return entry != nullptr && git_tree_entry_filemode(entry) == GIT_FILEMODE_TREE;
}

bool is_plain_file(const git_tree_entry* entry) {
  if (entry == nullptr) return false;
  const git_filemode_t mode = git_tree_entry_filemode(entry);
  return mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE;
}

/// Whether a folder can have it: objects are not checked for that when they are read.
bool is_possible(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name != ".git" &&
         name.find('/') == std::string_view::npos && well_formed_utf8_prefix(name) == name.size();
}

}  // namespace

bool TreeComparison::compare(const git_oid* old_root, const git_oid* new_root, const Visit& visit,
                             const std::stop_token& stop) {
  return compare_folders(old_root, new_root, "", 0, {visit, stop});
}

bool TreeComparison::compare_folders(const git_oid* old_id, const git_oid* new_id,
                                     const std::string& path, int depth, const Walk& walk) {
  const bool is_same = old_id != nullptr && new_id != nullptr && git_oid_equal(old_id, new_id) != 0;
  if (is_same || depth > kDeepestFolder) return true;
  const GitTree old_tree = old_id != nullptr ? repository_.folder(*old_id) : GitTree();
  const GitTree new_tree = new_id != nullptr ? repository_.folder(*new_id) : GitTree();
  const auto lacks = [this](const git_oid* id, const GitTree& tree) {
    const bool is_lacking = id != nullptr && !tree;
    if (is_lacking) ++unreadable_;
    return is_lacking;
  };
  if (lacks(old_id, old_tree) || lacks(new_id, new_tree)) return true;

  const auto named = [](const GitTree& tree, const git_tree_entry* entry) {
    return tree ? git_tree_entry_byname(tree.get(), git_tree_entry_name(entry)) : nullptr;
  };
  const std::size_t new_count = new_tree ? git_tree_entrycount(new_tree.get()) : 0;
  for (std::size_t i = 0; i < new_count; ++i) {
    const git_tree_entry* entry = git_tree_entry_byindex(new_tree.get(), i);
    if (!goes_on(walk)) return false;
    if (!compare_entries(named(old_tree, entry), entry, path, depth, walk)) return false;
  }
  if (files_ == Files::kInBoth) return true;
  const std::size_t old_count = old_tree ? git_tree_entrycount(old_tree.get()) : 0;
  for (std::size_t i = 0; i < old_count; ++i) {
    const git_tree_entry* entry = git_tree_entry_byindex(old_tree.get(), i);
    if (named(new_tree, entry) != nullptr) continue;
    if (!goes_on(walk)) return false;
    if (!compare_entries(entry, nullptr, path, depth, walk)) return false;
  }
  return true;
}

bool TreeComparison::compare_entries(const git_tree_entry* old_entry,
                                     const git_tree_entry* new_entry, const std::string& path,
                                     int depth, const Walk& walk) {
  const auto id_of = [](const git_tree_entry* entry, bool is_wanted) {
    return is_wanted ? git_tree_entry_id(entry) : nullptr;
  };
  const auto is_shown = [this](const git_oid* old_id, const git_oid* new_id) {
    if (old_id == nullptr || new_id == nullptr) return files_ == Files::kAll && old_id != new_id;
    return git_oid_equal(old_id, new_id) == 0;
  };
  const git_tree_entry* entry = new_entry != nullptr ? new_entry : old_entry;
  const std::string_view name = git_tree_entry_name(entry);
  if (!is_possible(name) || !(is_folder(entry) || is_plain_file(entry))) {
    const git_oid* old_id = id_of(old_entry, old_entry != nullptr);
    const git_oid* new_id = id_of(new_entry, new_entry != nullptr);
    if (is_shown(old_id, new_id)) ++others_;
    return true;
  }
  const std::string whole = path + std::string(name);
  // A file may have given way to a folder of its name, and the other way round.
  const git_oid* old_folder = id_of(old_entry, is_folder(old_entry));
  const git_oid* new_folder = id_of(new_entry, is_folder(new_entry));
  if (is_shown(old_folder, new_folder) &&
      !compare_folders(old_folder, new_folder, whole + "/", depth + 1, walk)) {
    return false;
  }
  const git_oid* old_file = id_of(old_entry, is_plain_file(old_entry));
  const git_oid* new_file = id_of(new_entry, is_plain_file(new_entry));
  return !is_shown(old_file, new_file) || walk.visit({whole, old_file, new_file});
}

bool TreeComparison::goes_on(const Walk& walk) {
  return ++entries_ <= most_entries_ && !walk.stop.stop_requested();
}

}  // namespace nextline::lsp
