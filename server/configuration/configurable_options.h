#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "server/configuration/file_problem.h"
#include "server/configuration/toml.h"

namespace nextline::server {

/// The table of a file in which the clients' settings stand.
inline constexpr const char* kSettingsTable = "settings";

/// An option of the command line, as a file says it: `--cache-memory` of the group "Caches" is
/// `cache_memory` in the table `[caches]`.
struct ConfigurableOption {
  std::string table;  ///< Empty: before the first table.
  std::string key;
  CLI::Option* option;
};

/// The options of a program that a file may say: all that the command line takes and that have not
/// been made `configurable(false)`, but for settings, of which a file has its own. So an option is
/// added in one place, and checked by the same rules wherever it is said.
///
/// What a file says goes where the option's own value would, as if it had been there by default;
/// the command line is to be parsed afterwards, and says the last word.
class ConfigurableOptions {
 public:
  /// Of these commands together, which must outlive it.
  explicit ConfigurableOptions(std::vector<CLI::App*> commands);

  const std::vector<ConfigurableOption>& all() const { return options_; }

  /// What a file has said.
  struct Taken {
    std::vector<const CLI::Option*> said;
    std::vector<FileProblem> problems;
  };
  /// Takes what a file says, but for its settings.
  Taken take(const TomlTable& file) const;

 private:
  /// Takes an entry of a table of the file; of what stands before the first one, if that is empty.
  void take(std::string_view table, const TomlEntry& entry, Taken& taken) const;
  bool is_table(std::string_view name) const;
  /// Null if there is none.
  const ConfigurableOption* find(std::string_view table, std::string_view key) const;
  /// Why there is no such option where the entry stands.
  std::string why_none(const TomlEntry& entry) const;

  std::vector<CLI::App*> commands_;
  std::vector<ConfigurableOption> options_;
};

}  // namespace nextline::server
