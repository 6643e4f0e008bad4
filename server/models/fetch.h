#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

#include "engine/error.h"
#include "server/models/catalogue.h"
#include "server/models/model_store.h"
#include "server/models/progress.h"

namespace nextline::models {

/// Where a fetched model lies.
struct Fetched {
  std::filesystem::path path;
  bool was_there = false;  ///< Nothing had to be fetched.
};

/// Brings a model into the store, from `from` (a URL or a file) or else from the first of the
/// entry's sources that has it. Size and SHA-256 decide; what differs is deleted.
///
/// The model appears under its name only when it is whole. What a broken or stopped fetch leaves is
/// continued by the next one. One fetch runs at a time: a second one, of whatever process, waits.
Result<Fetched> fetch(const CatalogueEntry& entry, const ModelStore& store,
                      const std::optional<std::string>& from, const StartProgress& start_progress,
                      const std::stop_token& stop);

/// Checks size and SHA-256 of the model file at `path`.
Result<void> verify(const CatalogueEntry& entry, const std::filesystem::path& path,
                    const StartProgress& start_progress, const std::stop_token& stop);

}  // namespace nextline::models
