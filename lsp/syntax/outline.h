#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/syntax/byte_span.h"

namespace nextline::lsp {

enum class OutlineKind : std::uint8_t {
  kFunction,  ///< Methods, constructors and macros with parameters, too.
  kClass,     ///< Interfaces, structures and traits, too.
  kType,      ///< Enumerations, and other names of types.
  kValue,     ///< Constants, fields, variables outside of functions.
};

/// How the part of a definition begins that its head leaves out.
enum class BodyStyle : std::uint8_t {
  kNone,    ///< Nothing is left out.
  kColon,   ///< The head ends with a colon.
  kBraces,  ///< With a brace, which is not the head's.
  kOther,
};

/// What a text defines outside of functions.
struct OutlineEntry {
  OutlineKind kind;
  BodyStyle body;
  bool is_public;  ///< Neither declared private nor marked so by its name.
  ByteSpan name;
  /// Without the body: decorators, name, parameters, type. Of a small class or enumeration, all.
  ByteSpan head;
  /// The first line of a comment in front of it or of a string at its beginning, without what marks
  /// it as such; empty if there is none.
  ByteSpan documentation;
  std::optional<std::size_t> parent;  ///< The entry that it is a member of, by number.
  std::size_t line;                   ///< Of the name, the first line being 0.
};

/// What a text takes from elsewhere.
struct OutlineImport {
  /// With "/" between its parts: "package/module", "engine/error.h". Where the language names files
  /// relative to the text's own, with the "./" or "../" in front. May be empty where `level` is
  /// not 0.
  std::string module;
  std::size_t level = 0;  ///< Python's dots: 1 is the package of the file itself.
  std::string name;       ///< What is taken of the module; empty for itself, or all that it has.
};

/// What a text defines, uses and imports, as far as its own syntax tells: to find what it means in
/// other texts, and what other texts mean by its names. Languages differ in their grammars' queries
/// alone; of those that are not known, and of texts that take too much work to parse, there are the
/// names that words could be.
///
/// Immutable; belongs to no thread.
class Outline {
 public:
  /// Of one text; a longer list is that of generated code.
  static constexpr std::size_t kMostEntries = 4096;

  static Outline of(std::string_view path, std::string_view text);
  /// Whether the language of a file is known, by the end of its name.
  static bool knows(std::string_view path);
  /// With what the names of such files end: ".py", ".h", ….
  static std::vector<std::string_view> known_endings();

  /// In the order of the text: a class before its members.
  const std::vector<OutlineEntry>& entries() const { return entries_; }
  /// Each place where code has a name, be it defined there or used; import statements left out. In
  /// the order of the text.
  const std::vector<ByteSpan>& names() const { return names_; }
  /// Where the text gives a name its own meaning, at whatever depth; imports are none.
  const std::vector<ByteSpan>& own_names() const { return own_names_; }
  const std::vector<OutlineImport>& imports() const { return imports_; }

  /// An entry's head in as few lines as can be: without comments, and broken only outside of
  /// brackets. Behind the first line, blanks are kept as far as they are more than the first line
  /// has. Cut at a line's end, or else anywhere, where it has more than `most_bytes`.
  std::string head_text(std::string_view text, const OutlineEntry& entry,
                        std::size_t most_bytes) const;

 private:
  friend class OutlineReader;

  std::vector<OutlineEntry> entries_;
  std::vector<ByteSpan> names_;
  std::vector<ByteSpan> own_names_;
  std::vector<OutlineImport> imports_;
  std::vector<ByteSpan> comments_;
};

}  // namespace nextline::lsp
