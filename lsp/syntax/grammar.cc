#include "lsp/syntax/grammar.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <iterator>
#include <utility>

#include "lsp/syntax/grammar_queries.h"
#include "lsp/syntax/parse_work.h"

extern "C" {
const TSLanguage* tree_sitter_bash(void);
const TSLanguage* tree_sitter_c(void);
const TSLanguage* tree_sitter_cpp(void);
const TSLanguage* tree_sitter_go(void);
const TSLanguage* tree_sitter_java(void);
const TSLanguage* tree_sitter_javascript(void);
const TSLanguage* tree_sitter_lua(void);
const TSLanguage* tree_sitter_python(void);
const TSLanguage* tree_sitter_rust(void);
const TSLanguage* tree_sitter_tsx(void);
const TSLanguage* tree_sitter_typescript(void);
}

namespace nextline::lsp {
namespace {

// Made when the first file of the language is opened: a query takes some milliseconds to compile.
template <auto language, auto query, auto cursor_query>
const Grammar& grammar_of() {
  static const Grammar grammar(language(), query, cursor_query);
  return grammar;
}

struct Language {
  const Grammar& (*grammar)();
  std::array<std::string_view, 16> extensions;
};

constexpr std::array kLanguages = {
    Language{grammar_of<tree_sitter_python, kPythonQuery, kPythonCursorQuery>,
             {".py", ".pyi", ".pyw"}},
    Language{grammar_of<tree_sitter_java, kJavaQuery, kJavaCursorQuery>, {".java"}},
    Language{grammar_of<tree_sitter_c, kCQuery, kCCursorQuery>, {".c"}},
    // A header may be C's as well: C is near enough to C++ for what is asked of the tree.
    Language{grammar_of<tree_sitter_cpp, kCppQuery, kCppCursorQuery>,
             {".cc", ".cpp", ".cxx", ".c++", ".C", ".h", ".hh", ".hpp", ".hxx", ".h++", ".inl",
              ".ipp", ".tpp", ".cu", ".cuh"}},
    Language{grammar_of<tree_sitter_javascript, kJavascriptQuery, kJavascriptCursorQuery>,
             {".js", ".mjs", ".cjs", ".jsx"}},
    Language{grammar_of<tree_sitter_typescript, kTypescriptQuery, kTypescriptCursorQuery>,
             {".ts", ".mts", ".cts"}},
    Language{grammar_of<tree_sitter_tsx, kTsxQuery, kTsxCursorQuery>, {".tsx"}},
    Language{grammar_of<tree_sitter_go, kGoQuery, kGoCursorQuery>, {".go"}},
    Language{grammar_of<tree_sitter_rust, kRustQuery, kRustCursorQuery>, {".rs"}},
    Language{grammar_of<tree_sitter_lua, kLuaQuery, kLuaCursorQuery>, {".lua"}},
    Language{grammar_of<tree_sitter_bash, kBashQuery, kBashCursorQuery>, {".sh", ".bash"}},
};

Capture read_capture(std::string_view name) {
  constexpr std::string_view kDefinition = "definition.";
  constexpr std::string_view kReference = "reference.";
  if (name == "name") return {CaptureRole::kName, {}};
  if (name.starts_with(kDefinition)) {
    return {CaptureRole::kDefinition, name.substr(kDefinition.size())};
  }
  if (name.starts_with(kReference))
    return {CaptureRole::kReference, name.substr(kReference.size())};
  return {CaptureRole::kOther, {}};
}

CursorRole read_cursor_role(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, CursorRole>, 8> kRoles = {{
      {"within.comment", CursorRole::kWithinComment},
      {"within.string", CursorRole::kWithinString},
      {"within.code", CursorRole::kWithinCode},
      {"block", CursorRole::kBlock},
      {"block.opener", CursorRole::kBlockOpener},
      {"block.closer", CursorRole::kBlockCloser},
      {"statement.end", CursorRole::kStatementEnd},
      {"none", CursorRole::kNone},
  }};
  const auto* const role =
      std::ranges::find(kRoles, name, &std::pair<std::string_view, CursorRole>::first);
  assert(role != kRoles.end());
  return role->second;
}

QueryPointer compiled(const TSLanguage* language, std::string_view query) {
  // Whoever uses tree-sitter has a grammar first.
  count_allocations();
  std::uint32_t error_offset = 0;
  TSQueryError error = TSQueryErrorNone;
  QueryPointer made(ts_query_new(language, query.data(), static_cast<std::uint32_t>(query.size()),
                                 &error_offset, &error));
  assert(made);
  return made;
}

std::vector<std::string_view> capture_names(const TSQuery* query) {
  std::vector<std::string_view> names;
  for (std::uint32_t i = 0; i < ts_query_capture_count(query); ++i) {
    std::uint32_t length = 0;
    const char* const name = ts_query_capture_name_for_id(query, i, &length);
    names.emplace_back(name, length);
  }
  return names;
}

/// Whether a kind of node is that of names. Names that are put together of several are no leaves,
/// so nobody asks about them. In Bash, commands are words, and so may be what is handed to them.
bool names_something(std::string_view kind) {
  return kind.ends_with("identifier") || kind.ends_with("identifier_pattern") ||
         kind == "variable_name" || kind == "word";
}

}  // namespace

const Grammar* Grammar::of_file(std::string_view path) {
  const std::size_t dot = path.find_last_of("./\\");
  if (dot == std::string_view::npos || path[dot] != '.') return nullptr;
  const std::string_view extension = path.substr(dot);
  const auto language = std::ranges::find_if(kLanguages, [&](const Language& entry) {
    return std::ranges::find(entry.extensions, extension) != entry.extensions.end();
  });
  return language == kLanguages.end() ? nullptr : &language->grammar();
}

std::vector<std::string_view> Grammar::file_endings() {
  std::vector<std::string_view> endings;
  for (const Language& language : kLanguages) {
    std::ranges::copy_if(language.extensions, std::back_inserter(endings),
                         [](std::string_view ending) { return !ending.empty(); });
  }
  return endings;
}

Grammar::Grammar(const TSLanguage* language, std::string_view query, std::string_view cursor_query)
    : language_(language),
      query_(compiled(language, query)),
      cursor_query_(compiled(language, cursor_query)) {
  constexpr std::string_view kBody = "body";
  body_field_ = ts_language_field_id_for_name(language, kBody.data(), kBody.size());

  for (const std::string_view name : capture_names(query_.get())) {
    captures_.push_back(read_capture(name));
  }
  for (const std::string_view name : capture_names(cursor_query_.get())) {
    cursor_roles_.push_back(read_cursor_role(name));
  }
  for (std::uint32_t i = 0; i < ts_language_symbol_count(language); ++i) {
    const std::string_view name = ts_language_symbol_name(language, static_cast<TSSymbol>(i));
    symbols_.push_back(names_something(name)       ? kIdentifier
                       : name.ends_with("comment") ? kComment
                                                   : kNeither);
  }
}

}  // namespace nextline::lsp
