#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "engine/error.h"
#include "server/replay/case_result.h"
#include "server/replay/journal_file.h"

namespace nextline::replay {

/// The results of a replay on disk, so that it can go on where it was interrupted. A `Kept` has an
/// `id` and is written by `to_json`; `from_json` reads one with so many outcomes. One thread at a
/// time; a second process that opens it is refused.
template <typename Kept,
          std::optional<Kept> from_json(const boost::json::value& value, std::size_t outcomes)>
class JournalOf {
 public:
  /// Opens the journal of the replay that `description` describes. What an earlier run wrote is
  /// read if `resumes`, else dropped. Each result has so many outcomes.
  static Result<JournalOf> open(const std::filesystem::path& folder,
                                const boost::json::object& description, std::size_t outcomes,
                                bool resumes) {
    std::map<std::string, Kept> results;
    auto file =
        JournalFile::open(folder, description, resumes, [&](const boost::json::value& value) {
          auto result = from_json(value, outcomes);
          if (result) insert(results, std::move(*result));
          return result.has_value();
        });
    if (!file) return tl::unexpected(file.error());
    return JournalOf(std::move(*file), std::move(results));
  }

  const std::filesystem::path& path() const { return file_.path(); }
  /// By the name of the case.
  const std::map<std::string, Kept>& results() const { return results_; }
  Result<void> append(Kept result) {
    if (auto done = file_.append(to_json(result)); !done) return done;
    insert(results_, std::move(result));
    return {};
  }

 private:
  JournalOf(JournalFile file, std::map<std::string, Kept> results)
      : file_(std::move(file)), results_(std::move(results)) {}

  static void insert(std::map<std::string, Kept>& results, Kept result) {
    std::string id = result.id;
    results.insert_or_assign(std::move(id), std::move(result));
  }

  JournalFile file_;
  std::map<std::string, Kept> results_;
};

/// Of cases with edits.
using Journal = JournalOf<CaseResult, case_result_from_json>;

}  // namespace nextline::replay
