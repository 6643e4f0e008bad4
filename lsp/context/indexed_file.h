#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/syntax/outline.h"

namespace nextline::lsp {

/// A definition of a file, which has its bytes.
struct FileDefinition {
  static constexpr std::uint32_t kNoParent = ~std::uint32_t{0};

  std::uint32_t head_first;
  std::uint32_t name_first;
  std::uint32_t line;    ///< The first one is 0.
  std::uint32_t parent;  ///< The definition that it is a member of, by number.
  std::uint16_t head_size;
  std::uint16_t name_size;
  OutlineKind kind;
  BodyStyle body;
  bool is_public;
};

/// What a file defines outside of functions: heads and names, in one block of bytes. Immutable; any
/// thread may read it.
class IndexedFile {
 public:
  /// Longer heads are cut, longer names left out.
  static constexpr std::size_t kMostHeadBytes = 480;
  static constexpr std::size_t kMostNameBytes = 128;

  IndexedFile(std::string path, std::string_view text);

  const std::string& path() const { return path_; }
  /// `language_of` the path.
  const std::string& language() const { return language_; }
  /// The file's name without its folder and ending.
  std::string_view stem() const;
  /// The name of its folder; empty if that is the workspace's.
  std::string_view folder_name() const;

  /// In the order of the file: a class before its members.
  const std::vector<FileDefinition>& definitions() const { return definitions_; }
  std::string_view name(const FileDefinition& definition) const {
    return std::string_view(bytes_).substr(definition.name_first, definition.name_size);
  }
  /// `Outline::head_text`.
  std::string_view head(const FileDefinition& definition) const {
    return std::string_view(bytes_).substr(definition.head_first, definition.head_size);
  }

  /// The memory that it takes.
  std::size_t memory() const;

 private:
  std::string path_;
  std::string language_;
  std::vector<FileDefinition> definitions_;
  std::string bytes_;  // Heads, and names that do not occur in their heads.
};

}  // namespace nextline::lsp
