#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "lsp/workspace/git_handle.h"
#include "tests/support/temporary_folder.h"

namespace nextline::test {

/// A git repository in a temporary folder, made commit by commit, each a minute after the last. As
/// long as there is one, this process knows nothing of the user's git configuration.
class SampleRepository {
 public:
  /// Contents by path.
  using Files = std::map<std::string, std::string>;
  enum class Kind : std::uint8_t {
    kBare,
    kWithFiles,  ///< With a folder for files that are checked out, though none is.
  };

  explicit SampleRepository(Kind kind = Kind::kBare);

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

  /// Writes a file in `path()`, committed or not.
  void write(const std::string& path, const std::string& content) const;

  /// The folder of the repository, where files would be checked out if there are such.
  std::filesystem::path path() const { return folder_.path() / "sample"; }
  /// A folder beside it.
  std::filesystem::path beside() const { return folder_.path() / "beside"; }
  git_repository* handle() const { return repository_.get(); }
  const std::string& head() const { return head_; }
  /// Of the last commit, in seconds since 1970.
  std::int64_t time() const { return time_; }
  /// Of the next commit.
  void set_next_time(std::int64_t seconds) { time_ = seconds - kSecondsBetween; }

 private:
  std::filesystem::path object_path(const std::string& hash) const;

  static constexpr std::int64_t kSecondsBetween = 60;

  TemporaryFolder folder_;
  lsp::GitRepository repository_;
  std::string head_;
  std::int64_t time_ = 1'700'000'000;
};

}  // namespace nextline::test
