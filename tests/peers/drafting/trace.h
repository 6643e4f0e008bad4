#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/speculate/history_document.h"

namespace nextline::peers {

/// A document of a repository's history.
struct TraceDocument {
  std::string path;
  DocumentKind kind = DocumentKind::kFile;
  std::int64_t time = 0;
  std::uint16_t language = 0;
  std::vector<TokenId> tokens;
};

/// A completion: what a model said at a place of an open document.
struct TraceRow {
  std::string path;
  std::uint16_t language = 0;
  bool novel = false;  ///< What is awaited there occurs nowhere in the history.
  std::vector<TokenId> before;
  std::vector<TokenId> behind;
  std::vector<TokenId> generated;
};

struct Trace {
  std::vector<TraceDocument> documents;
  std::vector<TraceRow> rows;
};

/// Reads JSON lines, each {"document": {path, kind: "file"|"added"|"removed", time, language,
/// tokens}} or {"row": {path, language, novel, before, behind, generated}}. Fails with the number
/// of the line that is neither.
Result<Trace> read_trace(const std::filesystem::path& path);

}  // namespace nextline::peers
