#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/disk/file_descriptor.h"
#include "engine/error.h"
#include "server/sharing/meeting_point.h"

namespace nextline::server {

/// How a process asks for a server that others use too.
struct SharedServerRequest {
  std::string version;
  /// What this process was given, for the server to know what its client wants.
  std::vector<std::string> arguments;
  /// What a process is given that is to serve the inherited socket in the background.
  std::vector<std::string> background_arguments;
  std::filesystem::path log;  ///< Where that one writes its standard error; its folder must exist.
};

/// A connection that is attached to the server at the meeting point. Where there is none, one is
/// started; of many that look at once, one does that. Waits for seconds at most. Fails where there
/// is no server to be had: whoever asks serves himself then.
Result<FileDescriptor> attach_to_shared_server(const MeetingPoint& point,
                                               const SharedServerRequest& request,
                                               const std::stop_token& stop);

}  // namespace nextline::server
