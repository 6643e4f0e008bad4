#pragma once

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
  void begin(const InitializeParams& params);
  void change(const DidChangeWorkspaceFoldersParams& params);

  /// Those on this machine, each once.
  std::vector<std::filesystem::path> paths() const;

 private:
  void add(const std::string& uri);

  std::map<std::string, std::filesystem::path> folders_;  // By URI, as the client spells it.
};

/// The files on this machine that the client has watched and that have changed.
std::vector<std::filesystem::path> changed_files(const DidChangeWatchedFilesParams& params);

}  // namespace nextline::lsp
