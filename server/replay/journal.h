#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>

#include "engine/disk/file_descriptor.h"
#include "engine/error.h"
#include "server/replay/case_result.h"

namespace nextline::replay {

/// The results of a replay on disk, so that it can go on where it was interrupted: a line of JSON
/// that says what is replayed, then one per case. Of a file that was cut or damaged, what stands
/// before the damage is taken. One thread at a time; a second process that opens it is refused.
class Journal {
 public:
  /// Opens the journal of the replay that `description` describes. What an earlier run wrote is
  /// read if `resumes`, else dropped. Each result has so many outcomes.
  static Result<Journal> open(const std::filesystem::path& folder,
                              const boost::json::object& description, std::size_t outcomes,
                              bool resumes);

  const std::filesystem::path& path() const { return path_; }
  /// By the name of the case.
  const std::map<std::string, CaseResult>& results() const { return results_; }
  Result<void> append(CaseResult result);

 private:
  Journal(std::filesystem::path path, FileDescriptor file)
      : path_(std::move(path)), file_(std::move(file)) {}

  /// Takes the results in `lines`, which follow the first line; how many bytes of them are whole.
  std::size_t take(std::string_view lines, std::size_t outcomes);
  Result<void> cut(std::size_t size);
  Result<void> write(std::string_view line);

  std::filesystem::path path_;
  FileDescriptor file_;
  std::map<std::string, CaseResult> results_;
};

}  // namespace nextline::replay
