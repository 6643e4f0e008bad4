#include "lsp/client_settings.h"

#include <boost/json/object.hpp>
#include <utility>

#include "lsp/settings/read_settings.h"

namespace nextline::lsp {

std::vector<std::string> ClientSettings::begin(const boost::json::value& options) {
  std::vector<std::string> problems = read(options);
  base_ = settings_;
  return problems;
}

std::vector<std::string> ClientSettings::change(const boost::json::value& configuration) {
  return read(configuration);
}

std::vector<std::string> ClientSettings::read(const boost::json::value& value) {
  const boost::json::object* const object = value.if_object();
  const boost::json::value* const section = object ? object->if_contains("nextline") : nullptr;
  const boost::json::value& said = section ? *section : value;
  if (said.is_null()) return {};
  ReadSettings outcome = read_settings(said, base_);
  settings_ = std::move(outcome.settings);
  std::erase_if(outcome.problems,
                [this](const std::string& problem) { return !told_.insert(problem).second; });
  return std::move(outcome.problems);
}

}  // namespace nextline::lsp
