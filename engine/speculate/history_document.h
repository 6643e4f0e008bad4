#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "engine/tokenizer/token.h"

namespace nextline {

/// What a document of a repository's history is.
enum class DocumentKind : std::uint8_t {
  kFile,          ///< A whole file, as it was at some time the newest commit's.
  kAddedLines,    ///< Of a commit: adjacent lines that it added, and the one before.
  kRemovedLines,  ///< Likewise removed.
};

/// A piece of a repository's text that code may be continued from. Refers to tokens and a path of
/// others.
struct HistoryDocument {
  std::span<const TokenId> tokens;
  std::string_view path;         ///< In the repository; any bytes.
  std::int64_t commit_time = 0;  ///< Seconds since 1970, UTC.
  std::uint16_t language = 0;    ///< A number that its user gives meaning to.
  DocumentKind kind = DocumentKind::kFile;
};

}  // namespace nextline
