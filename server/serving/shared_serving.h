#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/error.h"
#include "server/answer.h"
#include "server/serving/server_process.h"
#include "server/sharing/meeting_point.h"

namespace nextline::server {

/// Where processes meet that have this engine, and the log of those in the background.
struct SharedServing {
  MeetingPoint point;
  std::filesystem::path log;
};

/// Fails where there is no such place for this user.
Result<SharedServing> shared_serving(const std::string& identity,
                                     const std::filesystem::path& cache);

/// Serves the editor at the standard streams by the process at the meeting point, which is started
/// where there is none, until either ends. Nothing where no such process is to be had, which the
/// log says. `words`: what this process was given.
std::optional<Result<Answer>> serve_by_another(const SharedServing& shared,
                                               const std::vector<std::string>& words,
                                               const std::stop_token& stop);

/// Has a process take the socket that it was started with. Fails where it was given none.
Result<void> take_inherited_socket(ServerProcess& process, MeetingPoint point);

/// Has a process be found by others, unless another one is already.
void offer_to_others(ServerProcess& process, MeetingPoint point, const std::stop_token& stop);

}  // namespace nextline::server
