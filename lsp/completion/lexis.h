#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace nextline::lsp {

/// What a ' begins.
enum class Apostrophe : std::uint8_t {
  kString,     ///< A string, wherever it stands: Python.
  kRawString,  ///< One in which a backslash is one: shells.
  kCharacter,  ///< A string or a character, but not behind a word: it's, 1'000.
  kLifetime,   ///< A character of Rust if it is closed right behind; else a lifetime.
  kNothing,    ///< Prose, where it is a letter.
};

/// How a language spells strings and comments: as much as it takes to tell which brackets are code.
struct Lexis {
  Apostrophe apostrophe = Apostrophe::kCharacter;
  bool triple_quotes = false;        ///< """ and ''' begin strings of many lines.
  bool backticks = false;            ///< ` begins a string of many lines.
  bool raw_backticks = false;        ///< In which a backslash is one.
  bool raw_strings_of_cpp = false;   ///< R"x( … )x"
  bool raw_strings_of_rust = false;  ///< r#" … "#
  bool long_brackets = false;        ///< [[ … ]], as in Lua.
  std::array<std::string_view, 2> line_comments = {};
  std::string_view block_comment_begin = {};
  std::string_view block_comment_end = {};
  /// A line comment begins at the beginning of a word only: `$#` and `${#x}` of shells are none.
  bool comments_begin_words = false;
  /// A ) may close what nobody opened: the patterns of `case` in shells.
  bool lone_parentheses = false;
  /// Text for people, in which closers need no openers: "1)", ":-)".
  bool prose = false;
};

/// The lexis of a language, as `language_of` names it. Of a language that is not known nothing is a
/// comment, and a ' that is not behind a word begins a string.
const Lexis& lexis_of(std::string_view language);

}  // namespace nextline::lsp
