#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "engine/error.h"

namespace nextline::server {

/// The largest file that is read: far beyond any source a person edits, small enough to be read and
/// checked in milliseconds.
inline constexpr std::uintmax_t kMaxSourceFileBytes = 16U << 20U;

/// A text file of the user: well-formed UTF-8, without a byte order mark. Lines end at LF or CR LF.
class SourceFile {
 public:
  /// Fails with a sentence for what is missing, unreadable, no regular file, larger than
  /// `kMaxSourceFileBytes` or not UTF-8.
  static Result<SourceFile> read(const std::filesystem::path& path);

  const std::string& text() const { return text_; }

  /// The byte at which the 1-based line and column (in code points) begin. The place behind a
  /// line's last character, and the line behind the file's last line break, are places of the file.
  Result<std::size_t> offset_of(std::uint64_t line, std::uint64_t column) const;

 private:
  SourceFile(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {}

  std::string name_;
  std::string text_;
};

}  // namespace nextline::server
