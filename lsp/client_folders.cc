#include "lsp/client_folders.h"

#include <algorithm>

#include "lsp/protocol/file_uri.h"

namespace nextline::lsp {

bool ClientFolders::begin(const InitializeParams& params) {
  bool all = true;
  for (const WorkspaceFolder& folder : params.workspace_folders) all &= add(folder.uri);
  if (params.workspace_folders.empty() && params.root_uri) all &= add(*params.root_uri);
  return all;
}

bool ClientFolders::change(const DidChangeWorkspaceFoldersParams& params) {
  for (const WorkspaceFolder& folder : params.removed) folders_.erase(folder.uri);
  bool all = true;
  for (const WorkspaceFolder& folder : params.added) all &= add(folder.uri);
  return all;
}

std::vector<std::filesystem::path> ClientFolders::paths() const {
  std::vector<std::filesystem::path> paths;
  for (const auto& [uri, path] : folders_) {
    if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
  }
  return paths;
}

bool ClientFolders::add(const std::string& uri) {
  const auto path = path_of(uri);
  if (!path) return true;  // It is on no machine of ours.
  if (folders_.size() >= kMost && !folders_.contains(uri)) return false;
  std::filesystem::path folder = path->lexically_normal();
  // "/w/" is the folder "/w".
  if (!folder.has_filename() && folder.has_relative_path()) folder = folder.parent_path();
  folders_[uri] = std::move(folder);
  return true;
}

std::vector<std::filesystem::path> changed_files(const DidChangeWatchedFilesParams& params) {
  std::vector<std::filesystem::path> files;
  for (const std::string& uri : params.uris) {
    if (auto path = path_of(uri)) files.push_back(std::move(*path));
  }
  return files;
}

}  // namespace nextline::lsp
