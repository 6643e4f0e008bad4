#include "lsp/syntax/cursor_syntax.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/syntax/document_syntax.h"
#include "tests/support/random.h"
#include "tests/unit/lsp/every_language.h"

namespace nextline::lsp {
namespace {

constexpr std::string_view kCode = "code";
constexpr std::string_view kComment = "comment";
constexpr std::string_view kString = "string";
constexpr std::string_view kOpens = "opens a block";
constexpr std::string_view kEnds = "ends a statement";
constexpr std::string_view kOpensAndEnds = "opens a block, ends a statement";

std::string described(const CursorSyntax& found) {
  if (found.within == CursorSyntax::Within::kComment) return "comment";
  if (found.within == CursorSyntax::Within::kString) return "string";
  if (found.opens_block && found.ends_statement) return std::string(kOpensAndEnds);
  if (found.opens_block) return std::string(kOpens);
  return std::string(found.ends_statement ? kEnds : kCode);
}

/// A text with the cursor marked in it, and what stands there.
struct Situation {
  const char* path;
  std::string text;
  std::string_view expected;
};

void check(const std::vector<Situation>& situations) {
  for (const auto& [path, marked, expected] : situations) {
    const std::size_t cursor = marked.find('|');
    ASSERT_NE(cursor, std::string::npos) << marked;
    std::string text = marked;
    text.erase(cursor, 1);
    EXPECT_EQ(described(DocumentSyntax(path, text).at(text, cursor)), expected) << path << "\n"
                                                                                << marked;
  }
}

TEST(CursorSyntax, KnowsCommentsAndStringsFromCode) {
  check({
      {"a.py", "x = 1  # so|me\ny = 2\n", kComment},
      {"a.py", "x = 1  # some|\ny = 2\n", kComment},
      {"a.py", "x = 1  # some\n|y = 2\n", kCode},
      {"a.py", "x = 1  |# some\n", kCode},
      {"a.py", "x = 'some|'\n", kString},
      {"a.py", "x = '|some'\n", kString},
      {"a.py", "x = 'some'|\n", kCode},
      {"a.py", "x = |'some'\n", kCode},
      {"a.py", "def f():\n    \"\"\"What it |does.\"\"\"\n    return 1\n", kString},
      {"a.py", "def f():\n    \"\"\"What it does.\n|\n    More.\n    \"\"\"\n", kString},
      {"a.py", "x = '# no|ne'\n", kString},
      {"A.java", "class A { // some|\n}\n", kComment},
      {"A.java", "class A { /* so|me */ }\n", kComment},
      {"A.java", "class A { int a /* some */|; }\n", kCode},
      {"A.java", "class A { String a = \"\"\"\n  so|me\n  \"\"\"; }\n", kString},
      {"A.java", "class A { char a = 'a|'; }\n", kString},
      {"a.c", "#include <std|io.h>\n", kString},
      {"a.c", "/* some| */\n", kComment},
      {"a.c", "int a; // some|", kComment},
      {"a.cc", "auto a = R\"(so|me)\";\n", kString},
      {"a.cc", "int a = 1'00|0;\n", kCode},
      {"a.js", "const a = /[so|me]/;\n", kString},
      {"a.js", "// some|\nlet a;\n", kComment},
      {"a.ts", "const a: string = 'so|me';\n", kString},
      {"a.ts", "/** some| */\nlet a: T;\n", kComment},
      {"a.tsx", "const a = <p title=\"so|me\">{b}</p>;\n", kString},
      {"a.tsx", "const a = <p>{/* so|me */}</p>;\n", kComment},
      {"a.tsx", "const a = <p>{so|me}</p>;\n", kCode},
      {"a.go", "package a\nvar b = `so|me`\n", kString},
      {"a.go", "package a\n// some|\nvar b = 1\n", kComment},
      {"a.go", "package a\nvar b = '|x'\n", kString},
      {"a.rs", "/// some|\nfn f() {}\n", kComment},
      {"a.rs", "/// some\n|fn f() {}\n", kCode},
      {"a.rs", "fn f<'a>(b: &'a| str) {}\n", kCode},
      {"a.rs", "const A: &str = r#\"so|me\"#;\n", kString},
      {"a.lua", "--[[ so|me ]]\nlocal a\n", kComment},
      {"a.lua", "local a = [[ so|me ]]\n", kString},
      {"a.lua", "local a -- some|\n", kComment},
      {"a.sh", "echo a # some|\n", kComment},
      {"a.sh", "echo $#|\n", kCode},
      {"a.sh", "echo 'so|me'\n", kString},
      {"a.sh", "cat <<END\nso|me\nEND\n", kString},
  });
}

TEST(CursorSyntax, KnowsCodeWithinStrings) {
  check({
      {"a.py", "x = f'some {th|ing} more'\n", kCode},
      {"a.py", "x = f'some {thing} mo|re'\n", kString},
      {"a.py", "x = f'some {f(\"in|ner\")} more'\n", kString},
      {"a.py", "x = f'some {f(\"inner\")|} more'\n", kCode},
      {"a.js", "let a = `some ${th|ing} more`;\n", kCode},
      {"a.js", "let a = `some ${`in|ner ${deep}`} more`;\n", kString},
      {"a.js", "let a = `some ${`inner ${de|ep}`} more`;\n", kCode},
      {"a.ts", "type A = `some ${st|ring}`;\n", kCode},
      {"a.sh", "echo \"some $(l|s) more\"\n", kCode},
      {"a.sh", "echo \"some $(ls) mo|re\"\n", kString},
      {"a.sh", "echo \"some ${th|ing}\"\n", kCode},
  });
}

TEST(CursorSyntax, KnowsWhatIsNotClosedYet) {
  check({
      {"a.py", "print(\"hel|", kString},
      {"a.py", "x = 1\nprint(\"hel|\ny = 'some'\n", kString},
      {"a.py", "x = 1\nprint(\"hel\n|y = 1\n", kCode},
      {"a.py", "def f():\n    \"\"\"What it does|", kString},
      {"a.py", "def f():\n    \"\"\"What it does\n    and more|", kString},
      {"a.py", "x = f'some {th|", kCode},
      {"a.py", "x = f'some {{th|", kString},
      {"A.java", "class A { void f() { print(\"hel|\n} }\n", kString},
      {"A.java", "class A { /* some\n more|", kComment},
      {"a.c", "int f() {\n  puts(\"hel|\n}\n", kString},
      {"a.c", "int a;\n/* some\n * more|", kComment},
      {"a.cc", "auto a = f(\"hel|", kString},
      {"a.js", "print('hel|\nlet b = 1;\n", kString},
      {"a.js", "let a = `some\nmore|", kString},
      {"a.js", "let a = `some ${th|", kCode},
      {"a.js", "let a = `some ${f('in|", kString},
      {"a.ts", "const a: T = f(\"hel|", kString},
      {"a.tsx", "const a = <p title=\"so|", kString},
      {"a.go", "package a\nvar b = `some\nmore|", kString},
      {"a.go", "package a\nfunc f() {\n\tprint(\"hel|\n}\n", kString},
      {"a.rs", "fn f() {\n    print(\"hel|", kString},
      {"a.rs", "/* some\n more|", kComment},
      {"a.lua", "print(\"hel|", kString},
      {"a.lua", "--[[ some\n more|", kComment},
      {"a.sh", "echo \"hel|", kString},
      {"a.sh", "echo \"some $(l|", kCode},
  });
}

TEST(CursorSyntax, KnowsWhatOpensABlock) {
  check({
      {"a.py", "def f():|", kOpens},
      {"a.py", "def f():\n    |", kOpens},
      {"a.py", "def f():  # some\n    |\n", kOpens},
      {"a.py", "def f():\n    |\nx = 1\n", kOpens},
      {"a.py", "def f():|\n    return 1\n", kCode},
      {"a.py", "def f():\n    |\n    return 1\n", kCode},
      {"a.py", "class A:\n    def f(\n        self,\n    ):|\n", kOpens},
      {"a.py", "if x:|\ny = 1\n", kOpens},
      {"a.py", "try:\n    f()\nexcept E:|\n", kOpens},
      {"a.py", "x = {'a':|", kCode},
      {"a.py", "x = a[1:|]\n", kCode},
      {"a.py", "f = lambda x:|", kCode},
      {"a.py", "@decorator|\ndef f():\n    pass\n", kCode},
      {"a.py", "if x: return 1|\n", kCode},
      {"A.java", "class A {\n  void f() {|}\n}\n", kOpens},
      {"A.java", "class A {\n  void f() {\n    |\n  }\n}\n", kOpens},
      {"A.java", "class A {\n  int[] a = {|};\n}\n", kCode},
      {"A.java", "class A {|", kOpens},
      {"a.c", "int f(int a) {|", kOpens},
      {"a.c", "struct a {|", kOpens},
      {"a.c", "int a[] = {|", kCode},
      {"a.c", "int f(void) {\n  if (a) {|\n  return 1;\n}\n", kOpens},
      {"a.cc", "auto f = [&] {|", kOpens},
      {"a.cc", "namespace a {\n|\n}\n", kOpens},
      {"a.js", "if (x) {|", kOpens},
      {"a.js", "const f = () => {|", kOpens},
      {"a.js", "const f = () => {\n  |\n};\n", kOpens},
      {"a.js", "const a = {|", kCode},
      {"a.js", "f({|})", kCode},
      {"a.ts", "interface A {|", kOpens},
      {"a.ts", "class A {\n  f(): void {|}\n}\n", kOpens},
      {"a.tsx", "function A() {|", kOpens},
      {"a.tsx", "const a = <p style={{|}}/>;\n", kCode},
      {"a.go", "package a\nfunc f() {|", kOpens},
      {"a.go", "package a\nfunc f() {\n\tif a {|\n}\n", kOpens},
      {"a.go", "package a\nfunc f() {\n\ta := T{|}\n}\n", kCode},
      {"a.rs", "fn f() {|", kOpens},
      {"a.rs", "fn f() {\n    match a {|}\n}\n", kOpens},
      {"a.rs", "fn f() {\n    let a = S {|};\n}\n", kCode},
      {"a.lua", "function f(a)|", kOpens},
      {"a.lua", "if x then\n  |", kOpens},
      {"a.lua", "for i = 1, 2 do|\nend\n", kOpens},
      {"a.lua", "f(a)|", kCode},
      {"a.lua", "local a = {|", kCode},
      {"a.sh", "if [ x ]; then|", kOpens},
      {"a.sh", "for i in x; do\n  |\ndone\n", kOpens},
      {"a.sh", "f() {|", kOpens},
      {"a.sh", "if x; then|\n  f\nfi\n", kCode},
  });
}

TEST(CursorSyntax, KnowsWhatEndsAStatement) {
  check({
      {"a.py", "x = 1|\n", kCode},
      {"a.py", "x = 1;|\n", kEnds},
      {"A.java", "class A {\n  int a = 1;|\n}\n", kEnds},
      {"A.java", "class A {\n  int a = 1;\n  |\n}\n", kCode},
      {"A.java", "class A {\n  int a = 1; |int b;\n}\n", kCode},
      {"A.java", "class A {\n  void f() { g();| }\n}\n", kEnds},
      {"A.java", "class A {\n  void f() { }|\n}\n", kEnds},
      {"a.c", "int a;|", kEnds},
      {"a.c", "int f(void) {\n  for (i = 0;|)\n}\n", kCode},
      {"a.c", "int f(void) {\n  for (int i = 0; i < 1;|) {}\n}\n", kCode},
      {"a.c", "int f(void) {\n}|\n", kEnds},
      {"a.cc", "struct A {\n};|\n", kEnds},
      {"a.cc", "if (a) { return; }|", kEnds},
      {"a.js", "let a = 1;|\n", kEnds},
      {"a.js", "let a = {}|\n", kCode},
      {"a.js", "if (a) {\n}|\n", kEnds},
      {"a.ts", "interface A {\n}|\n", kEnds},
      {"a.tsx", "return <p/>;|\n", kEnds},
      {"a.go", "package a\nfunc f() {\n}|\n", kEnds},
      {"a.go", "package a\nvar a = T{}|\n", kCode},
      {"a.rs", "fn f() {\n    g();|\n}\n", kEnds},
      {"a.rs", "fn f() {\n}|\n", kEnds},
      {"a.rs", "const A: [u8;|] = [];\n", kCode},
      {"a.lua", "if x then\n  f()\nend|\n", kEnds},
      {"a.lua", "local a = {}|\n", kCode},
      {"a.lua", "f(function() end|)\n", kEnds},
      {"a.sh", "if x; then\n  f\nfi|\n", kEnds},
      {"a.sh", "for i in x; do\n  f\ndone|\n", kEnds},
      {"a.sh", "f() {\n  g\n}|\n", kEnds},
      {"a.sh", "case x in\n  a) f ;;|\nesac\n", kEnds},
  });
}

TEST(CursorSyntax, MindsNeitherLineEndsNorTabsNorEmoji) {
  check({
      {"a.py", "|", kCode},
      {"a.c", "|", kCode},
      {"a.py", "\n\n|", kCode},
      {"a.py", "def f():|\r\n    return 1\r\n", kCode},
      {"a.py", "def f():\r\n    |\r\nx = 1\r\n", kOpens},
      {"a.py", "x = 1  # some|\r\ny = 2\r\n", kComment},
      {"a.py", "x = '\xF0\x9F\x98\x80|'\n", kString},
      {"a.js", "f('\xF0\x9F\x98\x80', g|)\n", kCode},
      {"a.go", "package a\nfunc f() {\n\tif a {\n\t\t|\n\t}\n}\n", kOpens},
      {"a.go", "package a\nfunc f() {|\n\treturn\n}\n", kCode},
      {"a.c", "int a;\r\nint b;|\r\n", kEnds},
      {"a.py", "<<<<<<< HEAD\nx = 1|\n=======\nx = 2\n>>>>>>> other\n", kCode},
      {"a.js", "<<<<<<< HEAD\nf('so|me');\n=======\ng();\n>>>>>>> other\n", kString},
  });
}

TEST(CursorSyntax, OfAnUnknownLanguageTheLinesTell) {
  check({
      {"a.xyz", "# some|\n", kComment},
      {"a.xyz", "  // some|\n", kComment},
      {"a.xyz", "a # some|\n", kCode},
      {"a.xyz", "proc f:|\n", kOpens},
      {"a.xyz", "proc f {\n  |\n}\n", kOpens},
      {"a.xyz", "proc f {|\n  a\n}\n", kCode},
      {"a.xyz", "a = 1;|\n", kEnds},
      {"a.xyz", "a }|)\n", kEnds},
      {"", "|", kCode},
  });
}

TEST(CursorSyntax, FollowsEdits) {
  const std::string before = "x = 1\n";
  DocumentSyntax syntax("a.py", before);
  const std::string after = "x = 'a'\n";
  const Replacement edit{4, 5, 4, 7};
  syntax.update(before, after, {&edit, 1});
  EXPECT_EQ(syntax.at(after, 6).within, CursorSyntax::Within::kString);
}

TEST(CursorSyntax, AnyPlaceOfAnyBytesIsAPlace) {
  test::Random random(5);
  const std::string alphabet = "ab \n(){}:;=,.'\"`$#/*-[]\t\r\xC3\xED\xA0";
  std::vector<const char*> paths(kEveryLanguage.begin(), kEveryLanguage.end());
  paths.push_back("a.xyz");
  for (const char* const path : paths) {
    for (int i = 0; i < 50; ++i) {
      std::string text;
      while (text.size() < 80) text += alphabet[random.below(alphabet.size())];
      const DocumentSyntax syntax(path, text);
      for (std::size_t offset = 0; offset <= text.size(); ++offset) {
        const CursorSyntax found = syntax.at(text, offset);
        ASSERT_TRUE(found.within == CursorSyntax::Within::kCode ||
                    (!found.opens_block && !found.ends_statement));
      }
    }
  }
}

}  // namespace
}  // namespace nextline::lsp
