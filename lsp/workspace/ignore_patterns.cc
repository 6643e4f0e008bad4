#include "lsp/workspace/ignore_patterns.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/tokenizer/utf8.h"

namespace nextline::lsp {
namespace {

constexpr std::string_view kAnyFolders = "**";

/// Takes the first character off a text that is not empty.
std::string_view take_character(std::string_view& text) {
  const std::string_view character = text.substr(0, first_utf8_sequence(text).length);
  text.remove_prefix(character.size());
  return character;
}

/// Takes a character of a pattern, or the one behind a backslash; empty at the end.
std::string_view take_literal(std::string_view& pattern) {
  if (pattern.size() > 1 && pattern.front() == '\\') pattern.remove_prefix(1);
  return pattern.empty() ? std::string_view() : take_character(pattern);
}

/// Takes "[…]" off the pattern that begins with it, and says whether the character is one of these;
/// a bracket that is not closed has none. Bytes of UTF-8 are in the order of their characters.
bool take_set(std::string_view& pattern, std::string_view character) {
  std::string_view rest = pattern.substr(1);
  const bool is_for_others = !rest.empty() && (rest.front() == '!' || rest.front() == '^');
  if (is_for_others) rest.remove_prefix(1);
  bool is_within = false;
  for (bool is_first = true; !rest.empty(); is_first = false) {
    if (rest.front() == ']' && !is_first) {
      pattern = rest.substr(1);
      return is_within != is_for_others;
    }
    const std::string_view first = take_literal(rest);
    std::string_view last = first;
    if (rest.size() > 1 && rest[0] == '-' && rest[1] != ']') {
      rest.remove_prefix(1);
      last = take_literal(rest);
    }
    is_within |= first <= character && character <= last;
  }
  return false;
}

/// Takes what stands for one character off a pattern, which is not empty and does not begin with
/// "*"; says whether it stands for this one.
bool takes(std::string_view& pattern, std::string_view character) {
  if (pattern.front() == '?') {
    pattern.remove_prefix(1);
    return true;
  }
  if (pattern.front() == '[') return take_set(pattern, character);
  return take_literal(pattern) == character;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t first = 0; first <= text.size();) {
    const std::size_t end = std::min(text.find('/', first), text.size());
    if (end > first) parts.emplace_back(text.substr(first, end - first));
    first = end + 1;
  }
  return parts;
}

/// Where a file stands within a folder; nothing if it does not.
std::optional<std::string> path_within(const std::filesystem::path& folder,
                                       const std::filesystem::path& file) {
  const std::filesystem::path path = file.lexically_relative(folder);
  if (path.empty() || *path.begin() == ".." || path == ".") return std::nullopt;
  return path.generic_string();
}

}  // namespace

bool matches_name(std::string_view pattern, std::string_view name) {
  // What is tried again when it goes wrong: the last "*" takes one character more. An earlier one
  // need not: whatever it could take, the last one can.
  std::optional<std::string_view> behind_star;
  std::string_view star_name;
  while (!name.empty()) {
    if (!pattern.empty() && pattern.front() == '*') {
      pattern.remove_prefix(1);
      behind_star = pattern;
      star_name = name;
      continue;
    }
    if (!pattern.empty() && takes(pattern, take_character(name))) continue;
    if (!behind_star) return false;
    pattern = *behind_star;
    take_character(star_name);
    name = star_name;
  }
  return pattern.find_first_not_of('*') == std::string_view::npos;
}

IgnorePatterns::IgnorePatterns(std::span<const std::string> lines,
                               std::vector<std::filesystem::path> folders)
    : lines_(lines.begin(), lines.end()), folders_(std::move(folders)) {
  for (const std::string& line : lines) {
    if (line.starts_with('#')) continue;
    Pattern pattern = parse(line);
    if (!pattern.parts.empty()) patterns_.push_back(std::move(pattern));
  }
}

IgnorePatterns::Pattern IgnorePatterns::parse(std::string_view line) {
  Pattern pattern;
  line = line.substr(0, line.find_last_not_of(" \t\r\n") + 1);
  if (line.starts_with('!')) {
    pattern.takes_out = true;
    line.remove_prefix(1);
  }
  if (line.ends_with('/')) {
    pattern.is_for_folders = true;
    line.remove_suffix(1);
  }
  pattern.may_be_absolute = line.starts_with('/');
  pattern.is_at_any_depth = line.find('/') == std::string_view::npos;
  pattern.parts = split(line);
  if (pattern.parts.empty()) return pattern;
  if (pattern.is_at_any_depth)
    pattern.parts.insert(pattern.parts.begin(), std::string(kAnyFolders));
  // What is within a folder is not the folder.
  if (pattern.parts.back() == kAnyFolders) pattern.parts.emplace_back("*");
  return pattern;
}

bool IgnorePatterns::matches(const Pattern& pattern, const Parts& path) {
  // Which of the path's first parts, by their number, the pattern's parts so far can stand for.
  std::vector<bool> reached(path.size() + 1, false);
  reached[0] = true;
  for (const std::string& part : pattern.parts) {
    std::vector<bool> next(path.size() + 1, false);
    bool is_reachable = false;
    for (std::size_t count = 0; count <= path.size(); ++count) {
      is_reachable |= reached[count];
      if (part == kAnyFolders) {
        next[count] = is_reachable;
      } else if (reached[count] && count < path.size()) {
        next[count + 1] = matches_name(part, path[count]);
      }
    }
    reached = std::move(next);
  }
  // The path is a file's, its first parts are folders'.
  const auto end = reached.end() - (pattern.is_for_folders ? 1 : 0);
  return std::find(reached.begin() + 1, end, true) != end;
}

bool IgnorePatterns::match(const std::filesystem::path& file) const {
  if (patterns_.empty() || !file.has_filename()) return false;
  std::vector<Parts> paths;
  for (const std::filesystem::path& folder : folders_) {
    if (const auto path = path_within(folder, file)) paths.push_back(split(*path));
  }
  const bool is_in_no_folder = paths.empty();
  if (is_in_no_folder) paths.push_back({file.filename().string()});
  const Parts absolute = split(file.generic_string());
  bool is_ignored = false;
  for (const Pattern& pattern : patterns_) {
    const bool sees_paths = pattern.is_at_any_depth || !is_in_no_folder;
    const bool is_match =
        (sees_paths && std::any_of(paths.begin(), paths.end(),
                                   [&](const Parts& path) { return matches(pattern, path); })) ||
        (pattern.may_be_absolute && matches(pattern, absolute));
    if (is_match) is_ignored = !pattern.takes_out;
  }
  return is_ignored;
}

}  // namespace nextline::lsp
