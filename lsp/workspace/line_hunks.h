#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "lsp/workspace/git_handle.h"

namespace nextline::lsp {

/// Lines [old_first, old_last) of one text gave way to lines [new_first, new_last) of another; at
/// most one of the two is empty. Counted from 0.
struct LineHunk {
  std::size_t old_first;
  std::size_t old_last;
  std::size_t new_first;
  std::size_t new_last;
  bool operator==(const LineHunk&) const = default;
};

/// How two texts differ, as git tells it, in the order of the lines; an unchanged line at the least
/// stands between two hunks. None where there is not the memory to compare them.
std::vector<LineHunk> line_hunks(std::string_view old_text, std::string_view new_text);
/// The same of files in a repository, which takes half as long: their hashes are known.
std::vector<LineHunk> line_hunks(const git_blob& old_file, const git_blob& new_file);

}  // namespace nextline::lsp
