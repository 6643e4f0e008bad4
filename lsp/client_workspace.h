#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lsp/client_folders.h"
#include "lsp/client_requests.h"
#include "lsp/client_settings.h"
#include "lsp/client_window.h"
#include "lsp/completion/completion_service.h"
#include "lsp/protocol/types.h"

namespace nextline::lsp {

/// What the client says of the user's workspace rather than of a document: settings, folders, files
/// that change. Has the service follow, and the user know which settings are wrong.
///
/// Belongs to the client's thread. What it is made of must outlive it.
class ClientWorkspace {
 public:
  /// What the client says of settings that are pinned changes nothing.
  ClientWorkspace(CompletionService& service, ClientRequests& requests, ClientWindow& window,
                  PinnedSettings pinned);

  void begin(const InitializeParams& params);
  /// The client may be asked from now on: for its configuration, and to say when it changes.
  void initialized();

  void take(const DidChangeConfigurationParams& params);
  void take(const DidChangeWorkspaceFoldersParams& params);
  void take(const DidChangeWatchedFilesParams& params);
  /// Files were changed, in the editor or beside it.
  void files_changed(const std::vector<std::filesystem::path>& files);

 private:
  /// Has the client say its configuration, where it can; else, or if it has none, `otherwise` is
  /// taken for it.
  void ask_for_configuration(const boost::json::value& otherwise);
  void take_configuration(const boost::json::value& configuration);
  void tell(const std::vector<std::string>& problems);
  /// Has the user know where not all folders have been taken.
  void tell_folders(bool has_all);
  /// Has the service follow the settings, some of which depend on the folders.
  void configure();

  CompletionService& service_;
  ClientRequests& requests_;
  ClientWindow& window_;
  ClientCapabilities capabilities_;
  ClientFolders folders_;
  ClientSettings settings_;
};

}  // namespace nextline::lsp
