#include "lsp/workspace/line_hunks.h"

namespace nextline::lsp {
namespace {

/// git counts lines from 1, and names the line in front of an empty run.
std::size_t first_line(int start, int lines) {
  return static_cast<std::size_t>(lines == 0 ? start : start - 1);
}

int add_hunk(const git_diff_delta* /*files*/, const git_diff_hunk* hunk, void* hunks) {
  const std::size_t old_first = first_line(hunk->old_start, hunk->old_lines);
  const std::size_t new_first = first_line(hunk->new_start, hunk->new_lines);
  static_cast<std::vector<LineHunk>*>(hunks)->push_back(
      {old_first, old_first + static_cast<std::size_t>(hunk->old_lines), new_first,
       new_first + static_cast<std::size_t>(hunk->new_lines)});
  return 0;
}

git_diff_options hunk_options() {
  git_diff_options options;
  git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
  options.context_lines = 0;
  options.interhunk_lines = 0;
  // Of the places where a run of lines can be said to have been inserted, the one at a block's
  // beginning is what was typed.
  options.flags = GIT_DIFF_FORCE_TEXT | GIT_DIFF_INDENT_HEURISTIC;
  return options;
}

}  // namespace

std::vector<LineHunk> line_hunks(std::string_view old_text, std::string_view new_text) {
  initialise_libgit2();
  const git_diff_options options = hunk_options();
  std::vector<LineHunk> hunks;
  const int status =
      git_diff_buffers(old_text.data(), old_text.size(), nullptr, new_text.data(), new_text.size(),
                       nullptr, &options, nullptr, nullptr, add_hunk, nullptr, &hunks);
  if (status != 0) hunks.clear();
  return hunks;
}

std::vector<LineHunk> line_hunks(const git_blob& old_file, const git_blob& new_file) {
  const git_diff_options options = hunk_options();
  std::vector<LineHunk> hunks;
  const int status = git_diff_blobs(&old_file, nullptr, &new_file, nullptr, &options, nullptr,
                                    nullptr, add_hunk, nullptr, &hunks);
  if (status != 0) hunks.clear();
  return hunks;
}

}  // namespace nextline::lsp
