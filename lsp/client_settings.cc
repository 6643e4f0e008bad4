#include "lsp/client_settings.h"

#include <boost/json/object.hpp>

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
  const ReadSettings outcome = read_settings(said, base_, pinned_);
  settings_ = outcome.settings;
  std::vector<std::string> sentences = outcome.sentences();
  std::erase_if(sentences,
                [this](const std::string& sentence) { return !told_.insert(sentence).second; });
  return sentences;
}

}  // namespace nextline::lsp
