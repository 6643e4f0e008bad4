#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "lsp/settings/pinned_settings.h"
#include "lsp/settings/setting.h"
#include "lsp/settings/settings.h"

namespace nextline::lsp {

struct ReadSettings {
  Settings settings;
  /// Each thing that is wrong, the first ones if there are many. All else holds.
  std::vector<SettingProblem> problems = {};

  /// What to tell the user.
  std::vector<std::string> sentences() const;
};

/// Reads an object of settings: {"maxTokens": 32, "context": {"tokens": 512}}, or, which is the
/// same, {"context.tokens": 512}. What is not said, is null or is wrong is as in `base`; so is what
/// is pinned, and saying anything else of it is a problem.
ReadSettings read_settings(const boost::json::value& value, const Settings& base,
                           const PinnedSettings& pinned = {});

}  // namespace nextline::lsp
