#include "server/replay/source_index.h"

#include <algorithm>
#include <utility>

namespace nextline::replay {
namespace {

using lsp::Definition;
using lsp::Import;
using lsp::Reference;
using lsp::SymbolKind;
using lsp::Symbols;

/// Imports of imports, and members of members, that are followed.
constexpr int kMostSteps = 16;
/// Of a file; each is a place where a name may come from.
constexpr std::size_t kMostWildcards = 16;

std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(path.substr(0, slash == std::string_view::npos ? 0 : slash + 1));
}

/// The folder that has this one; empty for the root.
std::string parent_of(std::string_view folder) {
  return folder.empty() ? std::string() : folder_of(folder.substr(0, folder.size() - 1));
}

std::string with_dots(std::string path) {
  std::ranges::replace(path, '/', '.');
  return path;
}
std::string with_slashes(std::string name) {
  std::ranges::replace(name, '.', '/');
  return name;
}

std::string joined(const std::string& module, std::string_view name) {
  return module.empty() ? std::string(name) : module + "." + std::string(name);
}

}  // namespace

SourceIndex::SourceIndex(const SourceTree& tree) : tree_(tree), files_(tree.files().size()) {
  for (std::size_t i = 0; i < files_.size(); ++i) {
    const SourceFile& file = tree.files()[i];
    files_[i].folder = folder_of(file.path);
    by_path_.emplace(file.path, i);
  }
  for (std::size_t i = 0; i < files_.size(); ++i) {
    const SourceFile& file = tree.files()[i];
    if (const auto symbols = Symbols::of(file.path, file.text)) add(i, *symbols);
    if (file.language == Language::kPython) add_module(i);
  }
}

SourceIndex::Importing SourceIndex::importing(const Import& import) {
  return {import.module,      import.level,
          import.name,        import.name.empty() && !import.has_alias,
          import.is_wildcard, import.is_static};
}

void SourceIndex::add(std::size_t file, const Symbols& symbols) {
  const SourceFile& source = tree_.files()[file];
  IndexedFile& indexed = files_[file];
  indexed.package = symbols.package();
  for (const Definition& definition : symbols.definitions()) {
    const std::string name(definition.name.of(source.text));
    if (definition.kind == SymbolKind::kParameter) continue;
    if (definition.kind == SymbolKind::kImport) {
      indexed.imports.emplace(name, importing(symbols.imports()[definition.import]));
    } else if (definition.is_member) {
      indexed.members.emplace(name, definition.whole);
    } else if (definition.scope == symbols.outermost_scope()) {
      indexed.definitions.emplace(name, definition.whole);
      if (source.language == Language::kJava) {
        types_[joined(indexed.package, name)].push_back(file);
      }
    }
  }
  for (const Import& import : symbols.imports()) {
    if (!import.is_wildcard || indexed.wildcards.size() == kMostWildcards) continue;
    indexed.wildcards.push_back(importing(import));
  }
}

void SourceIndex::add_module(std::size_t file) {
  std::string path = tree_.files()[file].path;
  path.resize(path.size() - std::string_view(".py").size());
  constexpr std::string_view kPackage = "/__init__";
  if (path == kPackage.substr(1)) return;
  if (path.ends_with(kPackage)) path.resize(path.size() - kPackage.size());
  // It is imported by its path from the folder that has its outermost package, or from the root.
  std::string root = folder_of(path);
  while (!root.empty() && by_path_.contains(root + "__init__.py")) {
    root = parent_of(root);
  }
  modules_[with_dots(path.substr(root.size()))].push_back(file);
  if (!root.empty()) modules_[with_dots(path)].push_back(file);
}

std::size_t SourceIndex::nearest(const std::vector<std::size_t>& files, std::size_t to) const {
  const std::string& path = tree_.files()[to].path;
  const auto in_common = [&](std::size_t file) {
    const std::string& other = tree_.files()[file].path;
    return std::ranges::mismatch(path, other).in1 - path.begin();
  };
  return *std::ranges::max_element(files, {}, in_common);
}

std::optional<std::size_t> SourceIndex::module_file(std::size_t from, const Meaning& module) const {
  if (module.level == 0) {
    const auto found = modules_.find(module.module);
    if (found == modules_.end()) return std::nullopt;
    return nearest(found->second, from);
  }
  std::string folder = files_[from].folder;
  for (std::size_t i = 1; i < module.level; ++i) folder = parent_of(folder);
  const std::string path = folder + with_slashes(module.module);
  const std::string package = path.empty() || path.ends_with('/') ? path : path + "/";
  for (const std::string& candidate : {path + ".py", package + "__init__.py"}) {
    if (const auto found = by_path_.find(candidate); found != by_path_.end()) return found->second;
  }
  return std::nullopt;
}

std::optional<std::size_t> SourceIndex::type_file(std::size_t from, const std::string& name) const {
  const auto found = types_.find(name);
  if (found == types_.end()) return std::nullopt;
  return nearest(found->second, from);
}

std::optional<SourceIndex::Meaning> SourceIndex::java_type(std::size_t from,
                                                           const std::string& package,
                                                           std::string_view name) const {
  const auto file = type_file(from, joined(package, name));
  if (!file) return std::nullopt;
  const auto definition = files_[*file].definitions.find(name);
  return Meaning{Target{*file, std::string(name), definition->second}, {}};
}

std::optional<SourceIndex::Meaning> SourceIndex::defined_in(std::size_t file, std::string_view name,
                                                            int most_steps) const {
  const IndexedFile& indexed = files_[file];
  if (const auto own = indexed.definitions.find(name); own != indexed.definitions.end()) {
    return Meaning{Target{file, std::string(name), own->second}, {}};
  }
  if (most_steps == 0) return std::nullopt;
  if (const auto brought = indexed.imports.find(name); brought != indexed.imports.end()) {
    return imported(file, brought->second, most_steps - 1);
  }
  for (const Importing& wildcard : indexed.wildcards) {
    const Meaning module{std::nullopt, wildcard.module, wildcard.level};
    const auto other = module_file(file, module);
    if (!other || *other == file || name.starts_with('_')) continue;
    if (auto meaning = defined_in(*other, name, most_steps / 4)) return meaning;
  }
  return std::nullopt;
}

std::optional<SourceIndex::Meaning> SourceIndex::member_of(std::size_t from, const Meaning& module,
                                                           std::string_view name,
                                                           int most_steps) const {
  if (const auto file = module_file(from, module); file && *file != from) {
    if (auto meaning = defined_in(*file, name, most_steps)) return meaning;
  }
  Meaning inner{std::nullopt, joined(module.module, name), module.level};
  if (module_file(from, inner)) return inner;
  return std::nullopt;
}

std::optional<SourceIndex::Meaning> SourceIndex::imported(std::size_t file, const Importing& import,
                                                          int most_steps) const {
  if (tree_.files()[file].language == Language::kPython) {
    const Meaning module{std::nullopt, import.module, import.level};
    if (!import.name.empty()) return member_of(file, module, import.name, most_steps);
    if (!import.is_bound_to_first_part) return module;
    return Meaning{std::nullopt, import.module.substr(0, import.module.find('.')), 0};
  }
  if (!import.is_static) {
    if (auto type = java_type(file, import.module, import.name)) return type;
  }
  // A member of a class, or a class within a class.
  const auto outer = type_file(file, import.module);
  if (!outer) return std::nullopt;
  const auto member = files_[*outer].members.find(import.name);
  if (member == files_[*outer].members.end()) return std::nullopt;
  return Meaning{Target{*outer, import.name, member->second}, {}};
}

std::optional<SourceIndex::Meaning> SourceIndex::meaning_of(std::size_t file,
                                                            const Symbols& symbols,
                                                            const Reference& reference,
                                                            int most_steps) const {
  const SourceFile& source = tree_.files()[file];
  const std::string_view name = reference.name.of(source.text);
  if (most_steps == 0) return std::nullopt;
  if (reference.access == Reference::Access::kMember) {
    if (!reference.receiver || source.language == Language::kJava) return std::nullopt;
    const auto receiver =
        meaning_of(file, symbols, symbols.references()[*reference.receiver], most_steps - 1);
    if (!receiver || receiver->target) return std::nullopt;
    return member_of(file, *receiver, name, most_steps - 1);
  }
  if (reference.access != Reference::Access::kPlain) return std::nullopt;

  const std::vector<std::size_t> meanings = symbols.definitions_of(reference);
  if (!meanings.empty()) {
    const Definition& definition = symbols.definitions()[meanings.front()];
    if (definition.kind != SymbolKind::kImport) return std::nullopt;
    return imported(file, importing(symbols.imports()[definition.import]), most_steps - 1);
  }
  const IndexedFile& indexed = files_[file];
  if (source.language == Language::kPython) {
    return indexed.wildcards.empty() ? std::nullopt : defined_in(file, name, most_steps - 1);
  }
  if (auto type = java_type(file, indexed.package, name)) return type;
  for (const Importing& wildcard : indexed.wildcards) {
    if (!wildcard.is_static) {
      if (auto type = java_type(file, wildcard.module, name)) return type;
    } else if (const auto outer = type_file(file, wildcard.module)) {
      const auto member = files_[*outer].members.find(name);
      if (member == files_[*outer].members.end()) continue;
      return Meaning{Target{*outer, std::string(name), member->second}, {}};
    }
  }
  return std::nullopt;
}

std::optional<Target> SourceIndex::target_of(std::size_t file, const Symbols& symbols,
                                             const Reference& reference) const {
  const auto meaning = meaning_of(file, symbols, reference, kMostSteps);
  if (!meaning || !meaning->target || meaning->target->file == file) return std::nullopt;
  return meaning->target;
}

}  // namespace nextline::replay
