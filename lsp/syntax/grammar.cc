#include "lsp/syntax/grammar.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <iterator>

#include "lsp/syntax/grammar_queries.h"

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
template <auto language, auto query>
const Grammar& grammar_of() {
  static const Grammar grammar(language(), query);
  return grammar;
}

struct Language {
  const Grammar& (*grammar)();
  std::array<std::string_view, 16> extensions;
};

constexpr std::array kLanguages = {
    Language{grammar_of<tree_sitter_python, kPythonQuery>, {".py", ".pyi", ".pyw"}},
    Language{grammar_of<tree_sitter_java, kJavaQuery>, {".java"}},
    Language{grammar_of<tree_sitter_c, kCQuery>, {".c"}},
    // A header may be C's as well: C is near enough to C++ for what is asked of the tree.
    Language{grammar_of<tree_sitter_cpp, kCppQuery>,
             {".cc", ".cpp", ".cxx", ".c++", ".C", ".h", ".hh", ".hpp", ".hxx", ".h++", ".inl",
              ".ipp", ".tpp", ".cu", ".cuh"}},
    Language{grammar_of<tree_sitter_javascript, kJavascriptQuery>, {".js", ".mjs", ".cjs", ".jsx"}},
    Language{grammar_of<tree_sitter_typescript, kTypescriptQuery>, {".ts", ".mts", ".cts"}},
    Language{grammar_of<tree_sitter_tsx, kTsxQuery>, {".tsx"}},
    Language{grammar_of<tree_sitter_go, kGoQuery>, {".go"}},
    Language{grammar_of<tree_sitter_rust, kRustQuery>, {".rs"}},
    Language{grammar_of<tree_sitter_lua, kLuaQuery>, {".lua"}},
    Language{grammar_of<tree_sitter_bash, kBashQuery>, {".sh", ".bash"}},
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

Grammar::Grammar(const TSLanguage* language, std::string_view query) : language_(language) {
  std::uint32_t error_offset = 0;
  TSQueryError error = TSQueryErrorNone;
  query_.reset(ts_query_new(language, query.data(), static_cast<std::uint32_t>(query.size()),
                            &error_offset, &error));
  assert(query_);
  constexpr std::string_view kBody = "body";
  body_field_ = ts_language_field_id_for_name(language, kBody.data(), kBody.size());

  for (std::uint32_t i = 0; i < ts_query_capture_count(query_.get()); ++i) {
    std::uint32_t length = 0;
    const char* const name = ts_query_capture_name_for_id(query_.get(), i, &length);
    captures_.push_back(read_capture({name, length}));
  }
  for (std::uint32_t i = 0; i < ts_language_symbol_count(language); ++i) {
    const std::string_view name = ts_language_symbol_name(language, static_cast<TSSymbol>(i));
    symbols_.push_back(names_something(name)       ? kIdentifier
                       : name.ends_with("comment") ? kComment
                                                   : kNeither);
  }
}

}  // namespace nextline::lsp
