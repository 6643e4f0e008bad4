#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/disk/file_descriptor.h"
#include "engine/error.h"
#include "server/replay/repobench_row.h"

namespace nextline::replay {

/// A row as one line of JSON in UTF-8, its end included.
std::string to_line(const RepoBenchRow& row);

/// The row of such a line, which is not trusted. Fields that a row does not have are not looked at.
/// Fails where the line is not JSON in UTF-8, a field is missing or of another type, a text holds
/// U+0000, the index is that of no snippet, the file is of no known language (`language_of_file`),
/// or `next_line` is not one line.
Result<RepoBenchRow> parse_row(std::string_view line);

/// A row, and which line of its file it is, counted from 1.
struct NumberedRow {
  std::size_t number;
  RepoBenchRow row;
};

/// A line that is no row, and why, in a sentence.
struct DamagedRow {
  std::size_t number;
  std::string reason;
  bool operator==(const DamagedRow&) const = default;
};

/// A file of RepoBench rows, one a line, read from front to back; only one of them is in memory.
/// For one thread at a time.
class RepoBenchFile {
 public:
  /// The longest line that is read; a longer one is damaged.
  static constexpr std::size_t kLongestLine = std::size_t{16} << 20U;
  /// With more damaged rows than this a file is given up.
  static constexpr std::size_t kMostDamagedRows = 100'000;

  /// Fails for what cannot be read and what is no regular file.
  static Result<RepoBenchFile> open(const std::filesystem::path& path);

  /// The next row that is whole, or nothing at the end. Blank lines are no rows. Fails where the
  /// file can no longer be read, and where it does not seem to hold rows at all.
  Result<std::optional<NumberedRow>> next();

  /// What `next` has skipped so far, in order.
  const std::vector<DamagedRow>& damaged() const { return damaged_; }

 private:
  RepoBenchFile(std::string name, FileDescriptor file);

  /// Reads `line_`; whether there was one.
  Result<bool> read_line();
  Result<bool> fill_buffer();

  std::string name_;
  FileDescriptor file_;
  std::string buffer_;  // What was read of the file at once; `position_` has been reached in it.
  std::size_t position_ = 0;
  std::string line_;
  bool line_is_too_long_ = false;  // `line_` has but its beginning.
  std::size_t number_ = 0;         // Of `line_`.
  std::vector<DamagedRow> damaged_;
};

}  // namespace nextline::replay
