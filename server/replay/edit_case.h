#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nextline::replay {

enum class Language : std::uint8_t { kPython, kJava };

/// "python", "java".
std::string_view name_of(Language language);
std::optional<Language> language_from_name(std::string_view name);
/// By the end of a file's name; nothing for any other.
std::optional<Language> language_of_file(std::string_view path);

/// A file, a place in it, and the line that stands there but is to be guessed: the text does not
/// have it. What stands behind it in the file follows the cursor.
struct Document {
  Language language;
  std::string path;  ///< From the repository's root.
  std::string text;
  std::size_t cursor;   ///< In bytes; at the beginning of a line.
  std::string awaited;  ///< The line, indentation included, its end excluded.
};

/// What is done to a document before the line is awaited.
enum class EditKind : std::uint8_t {
  kInsert,      ///< Lines are inserted above the cursor.
  kDelete,      ///< Lines above it are deleted.
  kReplace,     ///< Lines above it are replaced.
  kMulti,       ///< Three places or more.
  kCommits,     ///< What a commit changed in the file.
  kKeystrokes,  ///< The line above is typed, character by character.
  kSemantic,    ///< What the awaited line uses is defined, renamed or changed.
  kJump,        ///< The cursor comes from 10 or 200 lines away.
};
inline constexpr std::array kEditKinds = {
    EditKind::kInsert,  EditKind::kDelete,     EditKind::kReplace,  EditKind::kMulti,
    EditKind::kCommits, EditKind::kKeystrokes, EditKind::kSemantic, EditKind::kJump};

/// "insert", "delete", "replace", "multi", "commits", "keystrokes", "semantic", "jump".
std::string_view name_of(EditKind kind);
std::optional<EditKind> edit_kind_from_name(std::string_view name);

/// One edit of a text: bytes [offset, offset + removed) give way.
struct TextEdit {
  std::size_t offset;
  std::size_t removed;
  std::string inserted;
  bool operator==(const TextEdit&) const = default;
};

/// What an editor reports at once: edits, each of the text that the one before left, and where the
/// cursor stands behind them.
struct EditStep {
  std::vector<TextEdit> edits;
  std::size_t cursor;
  bool operator==(const EditStep&) const = default;
};

/// A document as it was, what was done to it, and the line that is awaited then. Up to the cursor,
/// the last step's text is the document as it was published, so that the awaited line is what
/// really stands there. So is the rest, except of `kCommits`: what the commit changes below is not
/// changed yet.
struct EditCase {
  /// Names the case: the same rows, seed and options give the same cases with the same names.
  std::string id;
  Language language;
  EditKind kind;
  std::string variant;  ///< Of its kind: "rename", "8 lines", "200 lines down".
  std::string path;
  std::string old_text;
  std::size_t old_cursor;
  std::vector<EditStep> steps;  ///< One at the least.
  std::string awaited;          ///< As in `Document`.
};

/// The text behind the last step.
std::string new_text(const EditCase& edit_case);

}  // namespace nextline::replay
