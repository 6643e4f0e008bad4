#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lsp/syntax/byte_span.h"

namespace nextline::lsp {

enum class SymbolKind : std::uint8_t {
  kFunction,  ///< Methods and constructors, too.
  kClass,     ///< Interfaces, enumerations and records, too.
  kField,
  kVariable,
  kParameter,
  kImport,
};

/// A place where a name gets its meaning.
struct Definition {
  SymbolKind kind;
  ByteSpan name;
  /// The whole of it, decorators included: a function with its body, a variable with its value. Of
  /// what a loop defines, only the name.
  ByteSpan whole;
  /// The function, block, class or text that the name belongs to.
  ByteSpan scope = {};
  /// Whether it is a class's, so that it is referred to through an object or the class.
  bool is_member = false;
  // Parts of the whole; empty where there are none.
  ByteSpan parameters =
      {};               ///< With their parentheses; of a class in Python, what it is derived from.
  ByteSpan type = {};   ///< Of a function, what it returns.
  ByteSpan value = {};  ///< Of an import, where it comes from, if that is told apart.
  std::size_t import = 0;  ///< In `Symbols::imports`, if that is its kind.
};

/// A place where a name stands for something.
struct Reference {
  enum class Access : std::uint8_t {
    kPlain,    ///< `name`
    kOfSelf,   ///< `self.name`, `this.name`
    kMember,   ///< `other.name`
    kKeyword,  ///< `call(name=…)`
  };
  Access access;
  ByteSpan name;
  ByteSpan scope;  ///< The innermost function, block, class or text around it.
  /// The reference in front of the dot, where it is one: of `b` in `a.b`, `a`.
  std::optional<std::size_t> receiver;
};

/// What one name of an import statement brings.
struct Import {
  ByteSpan whole;         ///< The statement.
  std::string module;     ///< Python's module, Java's package; for a static import, its class.
  std::size_t level = 0;  ///< The dots in front of the module: Python's relative imports.
  std::string name;       ///< What is taken of the module; empty for the module itself.
  ByteSpan local;  ///< Where it gets its name here: its alias, or the first part of its name.
  bool has_alias = false;
  /// Where the module is named; empty if that is what gives it its name here.
  ByteSpan origin;
  bool is_wildcard = false;  ///< All that the module has.
  bool is_static = false;    ///< Of Java.
};

/// What a text of Python or Java defines and refers to, as far as its own syntax tells: types are
/// not inferred, and nothing of other files is known. Immutable; belongs to no thread. The text
/// must outlive it.
class Symbols {
 public:
  /// Nothing if the language of the file's name is another, or the text takes too much work to
  /// parse.
  static std::optional<Symbols> of(std::string_view path, std::string_view text);

  /// Whether there is anything in the text that is not of its language.
  bool has_errors() const { return has_errors_; }
  // Each in the order of the text.
  const std::vector<Definition>& definitions() const { return definitions_; }
  const std::vector<Reference>& references() const { return references_; }
  const std::vector<Import>& imports() const { return imports_; }
  /// Comments and documentation.
  const std::vector<ByteSpan>& prose() const { return prose_; }
  /// Strings that go over line ends.
  const std::vector<ByteSpan>& long_strings() const { return long_strings_; }
  /// That of what the text defines outside of classes and functions.
  const ByteSpan& outermost_scope() const { return outermost_scope_; }
  /// Java's.
  const std::string& package() const { return package_; }

  /// What a reference stands for: the definitions, by number, that give the name its meaning there,
  /// all of the same scope. None if it is defined elsewhere, or members of several classes have
  /// this name.
  std::vector<std::size_t> definitions_of(const Reference& reference) const;
  /// The definitions of a name, by number.
  const std::vector<std::size_t>& definitions_named(std::string_view name) const;

 private:
  friend class SymbolReader;
  explicit Symbols(std::string_view text) : text_(text) {}

  bool can_mean(const Reference& reference, const Definition& definition) const;
  /// Whether what stands before the first dot is imported: what follows is then defined elsewhere.
  bool begins_with_import(const Reference& member) const;

  std::string_view text_;
  bool has_errors_ = false;
  bool sees_members_plainly_ = false;  // In Java, a method names its class's members as they are.
  ByteSpan outermost_scope_;
  std::vector<Definition> definitions_;
  std::vector<Reference> references_;
  std::vector<Import> imports_;
  std::vector<ByteSpan> prose_;
  std::vector<ByteSpan> long_strings_;
  std::string package_;
  std::unordered_map<std::string_view, std::vector<std::size_t>> by_name_;
};

}  // namespace nextline::lsp
