#pragma once

// Queries of tree-sitter, put together and compiled in by grammars/CMakeLists.txt: of each language
// the tags.scm of its grammar where it serves, and then ours in queries/.

namespace nextline::lsp {

extern const char kBashQuery[];
extern const char kCQuery[];
extern const char kCppQuery[];
extern const char kGoQuery[];
extern const char kJavaQuery[];
extern const char kJavascriptQuery[];
extern const char kLuaQuery[];
extern const char kPythonQuery[];
extern const char kRustQuery[];
extern const char kTsxQuery[];
extern const char kTypescriptQuery[];

}  // namespace nextline::lsp
