#pragma once

#include <filesystem>

namespace nextline::server {

/// Has the log of this process written to a file instead of standard error, with the time and the
/// process. A file that has become long is put aside, in the place of the one before it. Where it
/// cannot be written, standard error keeps the log. To be called before there are other threads.
void log_to_file(const std::filesystem::path& path, bool is_verbose);

}  // namespace nextline::server
