#include "server/replay/changed_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nextline::replay {
namespace {

using testing::ElementsAre;

TEST(ChangedFiles, AreThoseThatBothReleasesHaveWithDifferentTexts) {
  const SourceTree old_tree({{"same.py", Language::kPython, "1\n"},
                             {"changed.py", Language::kPython, "1\n"},
                             {"removed.py", Language::kPython, "1\n"},
                             {"also/changed.py", Language::kPython, "1\n"},
                             {"Other.java", Language::kJava, "1\n"}});
  const SourceTree new_tree({{"same.py", Language::kPython, "1\n"},
                             {"changed.py", Language::kPython, "2\n"},
                             {"added.py", Language::kPython, "2\n"},
                             {"also/changed.py", Language::kPython, "2\n"},
                             {"Other.java", Language::kJava, "2\n"}});

  EXPECT_THAT(changed_files(old_tree, new_tree, Language::kPython, "2.0"),
              ElementsAre(ChangedFile{"2.0", "also/changed.py", "1\n", "2\n"},
                          ChangedFile{"2.0", "changed.py", "1\n", "2\n"}));
}

}  // namespace
}  // namespace nextline::replay
