#include "lsp/client_workspace.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <utility>

#include "lsp/client_registrations.h"
#include "lsp/settings/settings_options.h"

namespace nextline::lsp {

namespace json = boost::json;

ClientWorkspace::ClientWorkspace(CompletionService& service, ClientRequests& requests,
                                 ClientWindow& window, PinnedSettings pinned)
    : service_(service),
      requests_(requests),
      window_(window),
      settings_(settings_of(service.options()), std::move(pinned)) {}

void ClientWorkspace::begin(const InitializeParams& params) {
  capabilities_ = params.capabilities;
  tell_folders(folders_.begin(params));
  tell(settings_.begin(params.initialization_options));
  configure();
  service_.set_folders(folders_.paths());
}

void ClientWorkspace::initialized() {
  ask_for_configuration(nullptr);
  if (auto registrations = registrations_for(capabilities_)) {
    requests_.send("client/registerCapability", std::move(*registrations));
  }
}

void ClientWorkspace::take(const DidChangeConfigurationParams& params) {
  ask_for_configuration(params.settings);
}

void ClientWorkspace::take(const DidChangeWorkspaceFoldersParams& params) {
  tell_folders(folders_.change(params));
  configure();
  service_.set_folders(folders_.paths());
}

void ClientWorkspace::take(const DidChangeWatchedFilesParams& params) {
  files_changed(changed_files(params));
}

void ClientWorkspace::files_changed(const std::vector<std::filesystem::path>& files) {
  const bool is_about_ignoring = std::any_of(
      files.begin(), files.end(), [](const auto& file) { return file.filename() == ".gitignore"; });
  // Then the service looks anew at which files are ignored.
  if (is_about_ignoring) configure();
  service_.files_changed(files);
}

void ClientWorkspace::ask_for_configuration(const json::value& otherwise) {
  if (!capabilities_.configuration) return take_configuration(otherwise);
  requests_.send("workspace/configuration", {{"items", {{{"section", "nextline"}}}}},
                 [this, otherwise](const ClientRequests::Outcome& outcome) {
                   const json::array* const sections = outcome ? outcome->if_array() : nullptr;
                   const bool is_said =
                       sections && !sections->empty() && !sections->front().is_null();
                   take_configuration(is_said ? sections->front() : otherwise);
                 });
}

void ClientWorkspace::take_configuration(const json::value& configuration) {
  if (configuration.is_null()) return;
  tell(settings_.change(configuration));
  configure();
}

void ClientWorkspace::tell(const std::vector<std::string>& problems) {
  for (const std::string& problem : problems) {
    spdlog::warn("{}", problem);
    window_.show(MessageType::kWarning, problem);
  }
}

void ClientWorkspace::tell_folders(bool has_all) {
  if (has_all) return;
  tell({"The workspace has more than " + std::to_string(ClientFolders::kMost) +
        " folders; what the files of the others define is not shown to the model."});
}

void ClientWorkspace::configure() {
  Completer::Options options = service_.options();
  apply(settings_.settings(), folders_.paths(), options);
  service_.configure(options);
}

}  // namespace nextline::lsp
