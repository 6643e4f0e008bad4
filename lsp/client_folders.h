#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "lsp/protocol/types.h"

namespace nextline::lsp {

/// The folders that the client has open as its workspace: those that it names, or, if it knows only
/// one, its root. Belongs to the client's thread.
class ClientFolders {
 public:
  /// Folders beyond these are left out until others have gone.
  static constexpr std::size_t kMost = 256;

  /// Each says whether all folders that were named have been taken.
  bool begin(const InitializeParams& params);
  bool change(const DidChangeWorkspaceFoldersParams& params);

  /// Those on this machine, each once.
  std::vector<std::filesystem::path> paths() const;

 private:
  bool add(const std::string& uri);

  std::map<std::string, std::filesystem::path> folders_;  // By URI, as the client spells it.
};

/// The files on this machine that the client has watched and that have changed.
std::vector<std::filesystem::path> changed_files(const DidChangeWatchedFilesParams& params);

}  // namespace nextline::lsp
