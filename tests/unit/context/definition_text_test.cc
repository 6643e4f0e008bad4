#include "lsp/context/definition_text.h"

#include <gtest/gtest.h>

#include <vector>

namespace nextline::lsp {
namespace {

/// With all members.
std::string text_of(const IndexedFile& file, std::size_t number) {
  std::vector<std::size_t> members;
  for (std::size_t i = 0; i < file.definitions().size(); ++i) {
    if (file.definitions()[i].parent == number) members.push_back(i);
  }
  return definition_text(file, number, members);
}

const std::string kLong(250, 'x');

TEST(DefinitionText, OfPythonIsAStub) {
  const IndexedFile file("a.py",
                         "class Store(Base):\n"
                         "    size = 0\n"
                         "    @property\n"
                         "    def name(self):\n"
                         "        return '" +
                             kLong +
                             "'\n"
                             "def open_store(path): return Store(path)\n");
  EXPECT_EQ(text_of(file, 0),
            "class Store(Base):\n"
            "    size = 0\n"
            "    @property\n"
            "    def name(self): ...");
  EXPECT_EQ(definition_text(file, 0, {}), "class Store(Base): ...");
  EXPECT_EQ(text_of(file, 3), "def open_store(path): ...");
}

TEST(DefinitionText, OfBracesHasDeclarations) {
  const IndexedFile file("a.h",
                         "struct Store : Base {\n"
                         "  int size() const { return " +
                             kLong +
                             "; }\n"
                             "  int limit = 3;\n"
                             "};\n"
                             "int area(int width) { return width; }\n"
                             "enum Side { kLeft, kRight };\n");
  EXPECT_EQ(text_of(file, 0), "struct Store : Base {\n  int size() const;\n  int limit = 3;\n}");
  EXPECT_EQ(text_of(file, 3), "int area(int width);");
  EXPECT_EQ(definition_text(file, 4, {}), "enum Side { kLeft, kRight };");
}

TEST(DefinitionText, ACommentBeginsAsTheLanguageHasIt) {
  EXPECT_EQ(comment_mark("python"), "# ");
  EXPECT_EQ(comment_mark("cpp"), "// ");
  EXPECT_EQ(comment_mark("lua"), "-- ");
}

}  // namespace
}  // namespace nextline::lsp
