#pragma once

// Queries of tree-sitter, put together and compiled in by grammars/CMakeLists.txt: of each language
// the tags.scm of its grammar, and then ours in queries/.

namespace nextline::lsp {

extern const char kCppQuery[];
extern const char kJavaQuery[];
extern const char kPythonQuery[];

}  // namespace nextline::lsp
