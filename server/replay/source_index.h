#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lsp/syntax/symbols.h"
#include "server/replay/source_tree.h"

namespace nextline::replay {

/// A definition in a file of a tree.
struct Target {
  std::size_t file;  ///< In `SourceTree::files`.
  std::string identifier;
  lsp::ByteSpan whole;  ///< In the file's text.
  bool operator==(const Target&) const = default;
};

/// What the files of a tree define, and where their imports lead. Immutable; any thread may ask it.
class SourceIndex {
 public:
  /// Parses all files. The tree must outlive the index.
  explicit SourceIndex(const SourceTree& tree);

  /// What a reference in a file stands for, if another file of the tree defines it.
  std::optional<Target> target_of(std::size_t file, const lsp::Symbols& symbols,
                                  const lsp::Reference& reference) const;

 private:
  /// An import without its places.
  struct Importing {
    std::string module;
    std::size_t level;
    std::string name;
    bool is_bound_to_first_part;  ///< `import a.b` brings `a`.
    bool is_wildcard;
    bool is_static;
  };
  struct IndexedFile {
    std::string folder;   ///< With a "/" behind it, if it is not the root.
    std::string package;  ///< Java's.
    std::map<std::string, lsp::ByteSpan, std::less<>> definitions;  ///< Of the file; members, too.
    std::map<std::string, lsp::ByteSpan, std::less<>> members;
    std::map<std::string, Importing, std::less<>> imports;  ///< By the name that they have here.
    std::vector<Importing> wildcards;
  };
  /// What a name stands for: a module by its dotted name, relative to a folder or not, or a
  /// definition.
  struct Meaning {
    std::optional<Target> target;
    std::string module;
    std::size_t level = 0;
  };

  static Importing importing(const lsp::Import& import);
  void add(std::size_t file, const lsp::Symbols& symbols);
  void add_module(std::size_t file);
  /// The file among some that is nearest to another.
  std::size_t nearest(const std::vector<std::size_t>& files, std::size_t to) const;
  std::optional<std::size_t> module_file(std::size_t from, const Meaning& module) const;
  std::optional<std::size_t> type_file(std::size_t from, const std::string& name) const;

  std::optional<Meaning> meaning_of(std::size_t file, const lsp::Symbols& symbols,
                                    const lsp::Reference& reference, int most_steps) const;
  std::optional<Meaning> imported(std::size_t file, const Importing& import, int most_steps) const;
  /// What a name of a module is: its own, or what it imports itself.
  std::optional<Meaning> member_of(std::size_t from, const Meaning& module, std::string_view name,
                                   int most_steps) const;
  std::optional<Meaning> defined_in(std::size_t file, std::string_view name, int most_steps) const;
  std::optional<Meaning> java_type(std::size_t from, const std::string& package,
                                   std::string_view name) const;

  const SourceTree& tree_;
  std::vector<IndexedFile> files_;
  std::unordered_map<std::string, std::size_t> by_path_;
  std::unordered_map<std::string, std::vector<std::size_t>> modules_;  // By dotted name.
  std::unordered_map<std::string, std::vector<std::size_t>> types_;    // Java's, with packages.
};

}  // namespace nextline::replay
