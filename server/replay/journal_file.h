#pragma once

#include <boost/json.hpp>
#include <filesystem>
#include <functional>
#include <string_view>
#include <utility>

#include "engine/disk/file_descriptor.h"
#include "engine/error.h"

namespace nextline::replay {

/// The file of a replay's results: a line of JSON that says what is replayed, then one per result.
/// One thread at a time; a second process that opens it is refused.
class JournalFile {
 public:
  /// Takes a result that stands in the file; false if it is none.
  using Take = std::function<bool(const boost::json::value&)>;

  /// Opens the file of the replay that `description` describes. What an earlier run wrote is read
  /// if `resumes`, else dropped. Of a file that was cut or damaged, what stands before the damage
  /// is taken, and the rest is cut off.
  static Result<JournalFile> open(const std::filesystem::path& folder,
                                  const boost::json::object& description, bool resumes,
                                  const Take& take);

  const std::filesystem::path& path() const { return path_; }
  Result<void> append(const boost::json::object& result);

 private:
  JournalFile(std::filesystem::path path, FileDescriptor file)
      : path_(std::move(path)), file_(std::move(file)) {}

  Result<void> cut(std::size_t size);
  Result<void> write(std::string_view line);

  std::filesystem::path path_;
  FileDescriptor file_;
};

}  // namespace nextline::replay
