#include "lsp/client_folders.h"

#include <algorithm>

#include "lsp/protocol/file_uri.h"

namespace nextline::lsp {

void ClientFolders::begin(const InitializeParams& params) {
  for (const WorkspaceFolder& folder : params.workspace_folders) add(folder.uri);
  if (params.workspace_folders.empty() && params.root_uri) add(*params.root_uri);
}

void ClientFolders::change(const DidChangeWorkspaceFoldersParams& params) {
  for (const WorkspaceFolder& folder : params.removed) folders_.erase(folder.uri);
  for (const WorkspaceFolder& folder : params.added) add(folder.uri);
}

std::vector<std::filesystem::path> ClientFolders::paths() const {
  std::vector<std::filesystem::path> paths;
  for (const auto& [uri, path] : folders_) {
    if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
  }
  return paths;
}

void ClientFolders::add(const std::string& uri) {
  const auto path = path_of(uri);
  if (!path) return;
  std::filesystem::path folder = path->lexically_normal();
  // "/w/" is the folder "/w".
  if (!folder.has_filename() && folder.has_relative_path()) folder = folder.parent_path();
  folders_[uri] = std::move(folder);
}

std::vector<std::filesystem::path> changed_files(const DidChangeWatchedFilesParams& params) {
  std::vector<std::filesystem::path> files;
  for (const std::string& uri : params.uris) {
    if (auto path = path_of(uri)) files.push_back(std::move(*path));
  }
  return files;
}

}  // namespace nextline::lsp
