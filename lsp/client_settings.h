#pragma once

#include <boost/json/value.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lsp/settings/pinned_settings.h"
#include "lsp/settings/settings.h"

namespace nextline::lsp {

/// The settings that are in force: the defaults, over them what the client said when it began, over
/// both what its configuration says now, and over all what the command line says. Belongs to the
/// client's thread.
class ClientSettings {
 public:
  /// What nobody sets is as in `defaults`, and so is what is pinned.
  explicit ClientSettings(const Settings& defaults, PinnedSettings pinned = {})
      : base_(defaults), settings_(defaults), pinned_(std::move(pinned)) {}

  // What is taken is the settings or an object that has them as "nextline", the name of their
  // section; null says nothing. What comes back are sentences about what is wrong, each told once.

  /// Takes `initializationOptions`.
  std::vector<std::string> begin(const boost::json::value& options);
  /// Takes the client's configuration, in place of what it was before.
  std::vector<std::string> change(const boost::json::value& configuration);

  const Settings& settings() const { return settings_; }

 private:
  std::vector<std::string> read(const boost::json::value& value);

  Settings base_;
  Settings settings_;
  PinnedSettings pinned_;
  std::set<std::string> told_;
};

}  // namespace nextline::lsp
