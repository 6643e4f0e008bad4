#include "lsp/protocol/file_uri.h"

#include <gtest/gtest.h>

namespace nextline::lsp {
namespace {

TEST(FileUri, NamesAFileOfThisMachine) {
  EXPECT_EQ(path_of("file:///home/a/b.py"), "/home/a/b.py");
  EXPECT_EQ(path_of("FILE://localhost/a.py"), "/a.py");
  EXPECT_EQ(path_of("file:/a.py"), "/a.py");
  EXPECT_EQ(path_of("file:///a%20b/%C3%A9.py"), "/a b/\xC3\xA9.py");
  EXPECT_EQ(path_of("file:///a.py?x#y"), "/a.py");
}

TEST(FileUri, OthersNameNone) {
  for (const char* const uri : {"", "untitled:Untitled-1", "file://server/share/a.py", "file:a.py",
                                "file:///a%2", "file:///a%zz", "file:///a%00b", "file:///a%+1"}) {
    EXPECT_EQ(path_of(uri), std::nullopt) << uri;
  }
}

}  // namespace
}  // namespace nextline::lsp
