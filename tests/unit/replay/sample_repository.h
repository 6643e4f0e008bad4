#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "server/replay/git_handle.h"
#include "tests/support/temporary_folder.h"

namespace nextline::replay {

/// A bare git repository in a temporary folder, made commit by commit.
class SampleRepository {
 public:
  /// Contents by path.
  using Files = std::map<std::string, std::string>;

  SampleRepository();

  /// Commits exactly these files on top of the last commit; the hash.
  std::string commit(const Files& files);
  /// The same with these parents.
  std::string commit(const Files& files, const std::vector<std::string>& parents);
  /// Commits a root folder that was made by hand.
  std::string commit_tree(const git_oid& tree, const std::vector<std::string>& parents);

  /// The hash of what stands at a path in the last commit: "name.py", "folder". With "", the root.
  std::string hash_of(const std::string& path) const;
  /// Replaces an object by bytes that are none.
  void damage(const std::string& hash) const;
  void remove(const std::string& hash) const;

  std::filesystem::path path() const { return folder_.path() / "sample.git"; }
  git_repository* handle() const { return repository_.get(); }
  const std::string& head() const { return head_; }

 private:
  std::filesystem::path object_path(const std::string& hash) const;

  LibGit2 library_;
  test::TemporaryFolder folder_;
  GitRepository repository_;
  std::string head_;
};

}  // namespace nextline::replay
