#include "lsp/workspace/ignore_rules.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/sample_repository.h"

namespace nextline::lsp {
namespace {

using test::SampleRepository;

Repository opened(const SampleRepository& repository) {
  return Repository::open(repository.path(), Repository::Search::kHere).value();
}

TEST(IgnoreRules, AreThoseOfAllFoldersAboveAFile) {
  const SampleRepository sample(SampleRepository::Kind::kWithFiles);
  sample.write(".gitignore", "*.log\n/build/\n!kept.log\n");
  sample.write("in/.gitignore", "local_*.py\n");
  sample.write(".git/info/exclude", "mine.txt\n");
  const Repository repository = opened(sample);
  IgnoreRules rules(repository);
  for (const char* const path : {"a.log", "in/deep/b.log", "build/a.py", "build/deep/a.py",
                                 "in/local_a.py", "in/deep/local_b.py", "deep/mine.txt"}) {
    EXPECT_EQ(rules.of(path), Permission::kIgnored) << path;
  }
  for (const char* const path :
       {"a.py", "in/a.py", "kept.log", "src/build/a.py", "local_a.py", "build.py"}) {
    EXPECT_EQ(rules.of(path), Permission::kReadable) << path;
  }
}

TEST(IgnoreRules, KnowSecrets) {
  const SampleRepository sample(SampleRepository::Kind::kWithFiles);
  const Repository repository = opened(sample);
  IgnoreRules rules(repository);
  EXPECT_EQ(rules.of("in/.env"), Permission::kSecret);
  EXPECT_EQ(rules.of(".ssh/config"), Permission::kSecret);
  EXPECT_EQ(rules.of("in/environment.py"), Permission::kReadable);
}

TEST(IgnoreRules, OfABareRepositoryAreThoseAtItsRoot) {
  SampleRepository sample;
  {
    const Repository empty = opened(sample);
    EXPECT_EQ(IgnoreRules(empty).of("a.log"), Permission::kReadable);
  }
  sample.commit({{".gitignore", "*.log\n/build/\n"}});
  const Repository repository = opened(sample);
  IgnoreRules rules(repository);
  EXPECT_EQ(rules.of("in/a.log"), Permission::kIgnored);
  EXPECT_EQ(rules.of("build/a.py"), Permission::kIgnored);
  EXPECT_EQ(rules.of("a.py"), Permission::kReadable);
}

}  // namespace
}  // namespace nextline::lsp
