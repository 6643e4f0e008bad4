#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nextline::lsp {

/// By which a user names files that are to be left alone, in lines like those of a `.gitignore`
/// file: "*.sql", "gen/", "/src/**/tables.py", "!gen/keep.py". The last line that matches a file,
/// or a folder above it, decides; so, other than git's, a later line may take a file out of a
/// folder that an earlier one named.
///
/// A line with a slash within it is matched from a folder of the workspace on, one without at any
/// depth. One that begins with a slash may also be a path of the machine. Of a file in no folder of
/// the workspace, lines without a slash see its name alone.
///
/// Immutable, so any thread may use it.
class IgnorePatterns {
 public:
  IgnorePatterns() = default;
  /// `folders` are the workspace's, absolute. No line is wrong: one that makes no sense matches
  /// nothing.
  IgnorePatterns(std::span<const std::string> lines, std::vector<std::filesystem::path> folders);

  /// `file` is absolute. What it takes is bounded by the lengths of lines and path, whatever they
  /// are.
  bool match(const std::filesystem::path& file) const;

  /// As they were written.
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  /// A line, parsed.
  struct Pattern {
    std::vector<std::string> parts;  // Between slashes; "**" stands for any number of folders.
    bool takes_out = false;          // It began with "!".
    bool is_for_folders = false;     // It ended with "/".
    bool is_at_any_depth = false;    // It had no other "/".
    bool may_be_absolute = false;    // It began with "/".
  };
  using Parts = std::vector<std::string>;

  static Pattern parse(std::string_view line);
  static bool matches(const Pattern& pattern, const Parts& path);

  std::vector<std::string> lines_;
  std::vector<Pattern> patterns_;
  std::vector<std::filesystem::path> folders_;
};

/// Whether a pattern matches a name. "*" stands for any characters, "?" for one, "[a-z]" for one of
/// these and "[!a-z]" for one of the others; a backslash takes the character behind it as it is.
bool matches_name(std::string_view pattern, std::string_view name);

}  // namespace nextline::lsp
