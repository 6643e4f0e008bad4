// What texts cost that are no code, or hardly any: openers and closers by the thousand, halves of
// strings, binary data, one language read as each other. Figures to read, not a test.
//
//   hostile_figures NAME BYTES [FILE...]
//
// The end of the name says the language. Per text: opening it, a key in its middle, what stands
// there, a completion there, and what the text defines. Texts that take long are printed, and the
// longest of each figure.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/syntax/document_syntax.h"
#include "lsp/syntax/outline.h"
#include "lsp/syntax/symbols.h"
#include "lsp/syntax/syntax_tree.h"
#include "tests/support/random.h"

namespace {

using nextline::Replacement;
using nextline::lsp::DocumentSyntax;
using nextline::lsp::Grammar;
using nextline::lsp::Outline;
using nextline::lsp::ParsedCompletion;
using nextline::lsp::Symbols;
using nextline::lsp::SyntaxTree;

/// Milliseconds that are worth a line.
constexpr double kLong = 100;
constexpr int kKeys = 3;

/// Texts are made by repeating each.
constexpr auto kRepeated = std::to_array<std::string_view>({
    ")1 ",
    "(",
    "[",
    "{",
    "}",
    ")",
    "]",
    "`",
    "r###",
    "r#",
    "${",
    "$(",
    "\"",
    "'",
    "\"a\n",
    "'''",
    "\"\"\"",
    "<",
    "<a>",
    "< ",
    "/*",
    "*/ ",
    "/",
    "//\n",
    "// a\n",
    "#",
    "#if\n",
    "#if 1\n",
    "#define a\n",
    "<<A\n",
    "[[",
    "[=",
    "do ",
    "if ",
    "if(",
    "if a then ",
    "else ",
    "case ",
    "=>",
    "->",
    "a ",
    "a,",
    "a(",
    "a[",
    "a{",
    "a.",
    "a:",
    "a:\n",
    "a\n",
    "a;",
    "1 ",
    "@",
    "@a ",
    "\\",
    "\\\n",
    ";",
    ",",
    "=",
    "\xFF",
    "\xFF ",
    "\x01x",
    "+",
    "-",
    "!",
    "a<b,",
    "a?",
    "a?b:",
    "&&",
    "f'{",
    "${`",
    "`${",
    "{\n",
    "(\n",
    "\n ",
    "  \n\t",
    "x=\n",
    "def ",
    "class ",
    "fn ",
    "(){",
    "function(",
    "lambda ",
    "template<",
    "new ",
    "a*b ",
    "(a)",
    "\xE2\x82\xAC",
    "0x",
    "1.",
    "...",
    "|",
    "| ",
    "% ",
    "~",
    "for ",
    "return ",
    "}else{",
    "<!--",
    "&a;",
    "</a>",
    "<a ",
    "<a b=",
    "{...",
    "async ",
    "await ",
    "not ",
    "\r",
    "def f(a):\n pass\n)",
    "int f() {\n}\n)\n",
    "a = f(1)\n",
    "f(a);\n",
    "a = [\n",
    "x = (1,\n",
    "/** a */\n",
    "let a = |b| {",
    "func f() {\nfor {\n",
    "a: { b: [",
    "if true; then\n",
    "local function f(",
});

struct Text {
  std::string name;
  std::string bytes;
};

struct Times {
  double opening = 0;
  double key = 0;
  double at = 0;
  double completion = 0;
  double symbols = 0;
  double outline = 0;
  double most() const { return std::max({opening, key, at, completion, symbols, outline}); }
};

struct Row {
  const char* path;
  std::string name;
  bool has_tree;
  Times times;
};

/// Milliseconds of this thread's processor time: what others do meanwhile does not count.
double now() {
  std::timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

template <typename Action>
double time_of(Action action) {
  const double start = now();
  action();
  return now() - start;
}

std::string repeated(std::string_view unit, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += unit;
  return text;
}

std::string shown(std::string_view bytes) {
  std::string name;
  for (const char c : bytes) {
    name += c >= ' ' && c <= '~' ? std::string(1, c)
                                 : fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
  }
  return name;
}

std::vector<Text> texts_of(std::size_t bytes, int file_count, char** files) {
  std::vector<Text> texts;
  for (const std::string_view unit : kRepeated) {
    // The root of such a tree begins behind the text's beginning.
    texts.push_back({shown(unit), fmt::format("\n{}", repeated(unit, bytes))});
  }
  nextline::test::Random random(1);
  std::string binary;
  while (binary.size() < bytes) binary += static_cast<char>(random.next());
  texts.push_back({"binary data", std::move(binary)});
  std::string brackets;
  while (brackets.size() < bytes) brackets += "([{}]) \n\"'`a;,<>"[random.below(16)];
  texts.push_back({"any brackets", std::move(brackets)});
  for (int i = 0; i < file_count; ++i) {
    std::ifstream file(files[i], std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (text.empty()) continue;
    text = repeated(text, bytes).substr(0, std::max(bytes, text.size()));
    std::string one_line = text;
    std::ranges::replace(one_line, '\n', ' ');
    const std::string name = std::string(files[i]).substr(std::string(files[i]).rfind('/') + 1);
    texts.push_back({name, std::move(text)});
    texts.push_back({name + " in one line", std::move(one_line)});
  }
  return texts;
}

Times times_of(const char* path, const std::string& text) {
  Times times;
  DocumentSyntax syntax(path, "");
  times.opening = time_of([&] { syntax = DocumentSyntax(path, text); });
  const std::size_t place = text.size() / 2;
  times.at = time_of([&] { (void)syntax.at(text, place); });
  times.completion = time_of([&] {
    ParsedCompletion completion = syntax.completion_at(text, {place, place});
    completion.parse("value = 1\n");
  });
  std::string before = text;
  for (int i = 0; i < kKeys; ++i) {
    std::string after = before;
    after.insert(place, 1, 'a');
    const Replacement edit{place, place, place, place + 1};
    times.key = std::max(times.key, time_of([&] {
                           (void)syntax.update(before, after, {&edit, 1});
                         }));
    before = std::move(after);
  }
  times.symbols = time_of([&] { (void)Symbols::of(path, text); });
  times.outline = time_of([&] { (void)Outline::of(path, text); });
  return times;
}

void print(const Row& row) {
  const Times& times = row.times;
  fmt::print("{:<6} {:<34} {:<4} {:>7.1f} {:>7.1f} {:>7.1f} {:>7.1f} {:>7.1f} {:>7.1f}\n", row.path,
             row.name, row.has_tree ? "tree" : "none", times.opening, times.key, times.at,
             times.completion, times.symbols, times.outline);
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count < 3 || Grammar::of_file(arguments[1]) == nullptr) {
    fmt::print(stderr, "usage: hostile_figures NAME BYTES [FILE...]\n");
    return EXIT_FAILURE;
  }
  const char* const path = arguments[1];
  const std::size_t bytes = std::strtoull(arguments[2], nullptr, 10);
  fmt::print("{:<46} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7}\n", "milliseconds", "open", "key", "at",
             "place", "symbols", "outline");
  Row most{path, "the longest of each", true, {}};
  for (const Text& text : texts_of(bytes, argument_count - 3, arguments + 3)) {
    const bool has_tree = SyntaxTree(*Grammar::of_file(path), text.bytes).has_tree();
    const Row row{path, text.name, has_tree, times_of(path, text.bytes)};
    for (const auto figure : {&Times::opening, &Times::key, &Times::at, &Times::completion,
                              &Times::symbols, &Times::outline}) {
      most.times.*figure = std::max(most.times.*figure, row.times.*figure);
    }
    if (row.times.most() > kLong) print(row);
  }
  print(most);
  return EXIT_SUCCESS;
}
