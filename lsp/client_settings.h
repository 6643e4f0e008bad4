#pragma once

#include <boost/json/value.hpp>
#include <set>
#include <string>
#include <vector>

#include "lsp/settings/settings.h"

namespace nextline::lsp {

/// The settings that are in force: what the command line says, over that what the client said when
/// it began, and over both what its configuration says now. Belongs to the client's thread.
class ClientSettings {
 public:
  /// What nobody sets is as in `defaults`.
  explicit ClientSettings(const Settings& defaults) : base_(defaults), settings_(defaults) {}

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
  std::set<std::string> told_;
};

}  // namespace nextline::lsp
