#pragma once

// Queries of tree-sitter, put together and compiled in by grammars/CMakeLists.txt: of each language
// what finds its definitions and references (the tags.scm of its grammar where it serves, and then
// ours in queries/), and what tells what stands at a cursor (queries/cursor/).

namespace nextline::lsp {

extern const char kBashQuery[];
extern const char kBashCursorQuery[];
extern const char kCQuery[];
extern const char kCCursorQuery[];
extern const char kCppQuery[];
extern const char kCppCursorQuery[];
extern const char kGoQuery[];
extern const char kGoCursorQuery[];
extern const char kJavaQuery[];
extern const char kJavaCursorQuery[];
extern const char kJavascriptQuery[];
extern const char kJavascriptCursorQuery[];
extern const char kLuaQuery[];
extern const char kLuaCursorQuery[];
extern const char kPythonQuery[];
extern const char kPythonCursorQuery[];
extern const char kRustQuery[];
extern const char kRustCursorQuery[];
extern const char kTsxQuery[];
extern const char kTsxCursorQuery[];
extern const char kTypescriptQuery[];
extern const char kTypescriptCursorQuery[];

}  // namespace nextline::lsp
