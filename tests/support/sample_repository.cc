#include "tests/support/sample_repository.h"

#include <gtest/gtest.h>

#include <fstream>

namespace nextline::test {
namespace {

using lsp::git_make;
using lsp::GitCommit;
using lsp::GitHandle;
using lsp::GitRepository;
using lsp::GitTree;
using Index = GitHandle<git_index, git_index_free>;
using Signature = GitHandle<git_signature, git_signature_free>;
using TreeEntry = GitHandle<git_tree_entry, git_tree_entry_free>;

git_oid id_of(const std::string& hash) {
  git_oid id;
  EXPECT_EQ(git_oid_fromstr(&id, hash.c_str()), 0) << hash;
  return id;
}

}  // namespace

SampleRepository::SampleRepository(Kind kind) {
  lsp::initialise_libgit2();
  for (const auto level : {GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL,
                           GIT_CONFIG_LEVEL_PROGRAMDATA}) {
    EXPECT_EQ(git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, folder_.path().c_str()), 0);
  }
  repository_ =
      git_make<GitRepository>(git_repository_init, path().c_str(), kind == Kind::kBare ? 1U : 0U);
}

std::string SampleRepository::commit(const Files& files) {
  return commit(files, head_.empty() ? std::vector<std::string>() : std::vector{head_});
}

std::string SampleRepository::commit(const Files& files, const std::vector<std::string>& parents) {
  const auto index = git_make<Index>(git_repository_index, handle());
  EXPECT_EQ(git_index_clear(index.get()), 0);
  for (const auto& [path, content] : files) {
    git_index_entry entry{};
    entry.mode = GIT_FILEMODE_BLOB;
    entry.path = path.c_str();
    EXPECT_EQ(git_index_add_from_buffer(index.get(), &entry, content.data(), content.size()), 0);
  }
  git_oid tree;
  EXPECT_EQ(git_index_write_tree(&tree, index.get()), 0);
  return commit_tree(tree, parents);
}

std::string SampleRepository::commit_tree(const git_oid& tree,
                                          const std::vector<std::string>& parents) {
  const auto root = git_make<GitTree>(git_tree_lookup, handle(), &tree);
  time_ += kSecondsBetween;
  const auto author = git_make<Signature>(git_signature_new, "Somebody", "somebody@example.org",
                                          git_time_t{time_}, 0);
  std::vector<GitCommit> commits;
  std::vector<const git_commit*> pointers;
  for (const std::string& parent : parents) {
    const git_oid id = id_of(parent);
    commits.push_back(git_make<GitCommit>(git_commit_lookup, handle(), &id));
    pointers.push_back(commits.back().get());
  }
  git_oid id;
  EXPECT_EQ(git_commit_create(&id, handle(), nullptr, author.get(), author.get(), nullptr, "Change",
                              root.get(), pointers.size(), pointers.data()),
            0);
  git_reference* reference = nullptr;
  EXPECT_EQ(git_reference_create(&reference, handle(), "refs/heads/main", &id, 1, nullptr), 0);
  git_reference_free(reference);
  EXPECT_EQ(git_repository_set_head(handle(), "refs/heads/main"), 0);
  return head_ = lsp::git_hash(id);
}

std::string SampleRepository::hash_of(const std::string& path) const {
  const git_oid id = id_of(head_);
  const auto last = git_make<GitCommit>(git_commit_lookup, handle(), &id);
  if (path.empty()) return lsp::git_hash(*git_commit_tree_id(last.get()));
  const auto root = git_make<GitTree>(git_commit_tree, last.get());
  const auto entry = git_make<TreeEntry>(git_tree_entry_bypath, root.get(), path.c_str());
  return lsp::git_hash(*git_tree_entry_id(entry.get()));
}

std::filesystem::path SampleRepository::object_path(const std::string& hash) const {
  return std::filesystem::path(git_repository_path(handle())) / "objects" / hash.substr(0, 2) /
         hash.substr(2);
}

void SampleRepository::write(const std::string& file, const std::string& content) const {
  std::filesystem::create_directories((path() / file).parent_path());
  std::ofstream(path() / file) << content;
}

void SampleRepository::remove(const std::string& hash) const {
  EXPECT_TRUE(std::filesystem::remove(object_path(hash)));
}

void SampleRepository::damage(const std::string& hash) const {
  remove(hash);
  std::ofstream(object_path(hash)) << "no object";
}

}  // namespace nextline::test
