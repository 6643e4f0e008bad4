#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>

#include "engine/error.h"
#include "server/models/progress.h"

namespace nextline::models {

/// The file that a source fills.
struct FetchTarget {
  std::string model;              ///< For error sentences.
  std::filesystem::path partial;  ///< What is there already is continued.
  std::uint64_t bytes;            ///< The size of the whole.
};

/// Downloads a file over http, https or file. Asks for what is missing behind the partial file's
/// end; a server that does not know ranges sends everything again. A connection that breaks off is
/// taken up again as long as each attempt brings something.
///
/// On success the partial file has the wanted size; its content has not been checked. On failure,
/// and when stopped, what has arrived stays for the next time.
Result<void> download(const std::string& url, const FetchTarget& target, Progress& progress,
                      const std::stop_token& stop);

/// The `file://` URL of a path.
std::string url_of_file(const std::filesystem::path& path);

}  // namespace nextline::models
