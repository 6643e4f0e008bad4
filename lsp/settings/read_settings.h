#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "lsp/settings/settings.h"

namespace nextline::lsp {

struct ReadSettings {
  Settings settings;
  /// A sentence for each thing that is wrong, the first ones if there are many. All else holds.
  std::vector<std::string> problems = {};
};

/// Reads an object of settings: {"maxTokens": 32, "context": {"tokens": 512}}, or, which is the
/// same, {"context.tokens": 512}. What is not said, is null or is wrong is as in `base`.
ReadSettings read_settings(const boost::json::value& value, const Settings& base);

}  // namespace nextline::lsp
