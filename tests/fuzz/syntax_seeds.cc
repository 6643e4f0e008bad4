// Writes the first inputs of syntax_fuzzer: a text of each language, and keys in it.

#include <array>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace {

constexpr std::array<std::string_view, 12> kTexts = {
    "LIMIT = 10\n\nclass Shape:\n    def area(self, a, b=1):\n        self.size = a * b\n"
    "        return self.size  # text\n\nprint(f'{Shape().area(LIMIT)}', '''\n''')\n",
    "class Shape {\n  private int size = 1;\n  int area(int a, int b) {\n    size = a * b;\n"
    "    return size; // text\n  }\n  int twice() { return 2 * area(1, 2); }\n}\n",
    "#define LIMIT 10\nnamespace shapes {\nstruct Shape { int size; };\n"
    "template <typename T>\nint area(const Shape& a, T* b) {\n  auto c = [&] { return a.size; };\n"
    "  return c() /* text */;\n}\n}\nconst char* text = R\"(raw)\";\n",
    "proc area {a b} {\n  set size [expr $a * $b]\n\n  return $size\n}\narea 1 2\n",
    "#define LIMIT 10\nstruct shape { int size; };\nstatic int area(const struct shape *a) {\n"
    "  switch (a->size) { case 1: return 'x'; default: break; }\n  return a->size; /* text */\n}\n",
    "import { a } from 'a';\nclass Shape {\n  #size = 1;\n  area(b, ...c) { return `${b + "
    "`${c}`}`; }\n}\n"
    "const f = async (a) => /[/\"]+/.test(a) ? <p>{a}</p> : a ?? 1; // text\nlabel: for (;;) {}\n",
    "interface Shape<T> { area(b?: T): number; }\nabstract class A<T> implements Shape<T> {\n"
    "  constructor(private readonly size = 1 as number) {}\n  abstract area(b: T): number;\n}\n"
    "type B = A<`x${string}`> | { [key: string]: B };\n",
    "const Shape = ({ area }: { area: number }) => (\n  <p title=\"a\" onClick={() => f<T>(1)}>\n"
    "    {/* text */} area {`${area}`} &amp; <b/>\n  </p>\n);\n",
    "package shapes\n\nimport \"fmt\"\n\ntype Shape[T any] struct {\n\tsize int "
    "`json:\"size\"`\n}\n\n"
    "func (s *Shape[T]) area(a int) (int, error) {\n\tfor i := range 1 {\n\t\ts.size += i // "
    "text\n\t}\n"
    "\treturn s.size, fmt.Errorf(\"%d\", 'x')\n}\n",
    "use std::fmt;\n/// text\nstruct Shape<'a> { size: &'a str }\nimpl<'a> Shape<'a> {\n"
    "    fn area(&self, a: u8) -> u8 { /* a /* b */ */ match a { 1 => 'x' as u8, _ => a } }\n}\n"
    "const TEXT: &str = r##\"a\"# \"##;\nmacro_rules! m { ($a:expr) => { $a }; }\n",
    "local Shape = {}\n--[==[ text ]==]\nfunction Shape:area(a, ...)\n  local b = [[1]] .. "
    "\"x\\n\"\n"
    "  for i = 1, #b do repeat self.size = a until i > 1 end\n  return self.size\nend\n",
    "size=1\narea() {\n  local a=$1 b=${2:-\"$(basename \"$1\")\"}\n  for i in \"${a[@]}\"; do "
    "echo $((a + 1)); done\n"
    "}\ncat <<-'TEXT' | area $'x' # text\n\tb $a\n\tTEXT\ncase $1 in a|b) area ;; *) ;; esac\n",
};

std::string number(std::size_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::string edit(std::size_t offset, std::size_t removed, std::string_view inserted) {
  return number(offset) + static_cast<char>(removed) + static_cast<char>(inserted.size()) +
         std::string(inserted);
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    std::fprintf(stderr, "usage: syntax_seeds FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = arguments[1];
  bool written = true;
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    const std::string_view text = kTexts[i];
    const std::size_t name = text.find("area");
    std::ofstream file(folder / std::to_string(i), std::ios::binary);
    file << static_cast<char>(i) << number(text.size()) << text << edit(name, 4, "size")
         << edit(name + 4, 0, "s") << edit(0x8000 | 5, 3, "\r\n") << edit(text.find("1"), 1, "22")
         << edit(text.size(), 0, "\"'''/*\xED\xA0\xBD(") << edit(0, 200, "");
    written &= file.flush().good();
  }
  return written ? 0 : 1;
}
