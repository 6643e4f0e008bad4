#include "lsp/client_registrations.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "lsp/syntax/outline.h"

namespace nextline::lsp {
namespace {

namespace json = boost::json;

/// Clients that send settings along with the notice send this section.
json::value configuration() {
  return {{"id", "nextline/configuration"},
          {"method", "workspace/didChangeConfiguration"},
          {"registerOptions", {{"section", "nextline"}}}};
}

/// In all folders of the workspace, which is what a pattern without a folder of its own means:
/// files whose definitions can be read, and those that say what git ignores.
json::value watched_files() {
  std::string endings;
  for (const std::string_view ending : Outline::known_endings()) {
    if (!endings.empty()) endings += ',';
    endings += ending.substr(1);
  }
  return {{"id", "nextline/files"},
          {"method", "workspace/didChangeWatchedFiles"},
          {"registerOptions",
           {{"watchers", json::array{{{"globPattern", "**/*.{" + endings + "}"}},
                                     {{"globPattern", "**/.gitignore"}}}}}}};
}

}  // namespace

std::optional<json::value> registrations_for(const ClientCapabilities& capabilities) {
  json::array registrations;
  if (capabilities.registers_configuration) registrations.push_back(configuration());
  if (capabilities.registers_watched_files) registrations.push_back(watched_files());
  if (registrations.empty()) return std::nullopt;
  return json::value{{"registrations", std::move(registrations)}};
}

}  // namespace nextline::lsp
