#include "server/sharing/shared_server.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <optional>
#include <utility>

#include "server/sharing/background_process.h"
#include "server/sharing/hello.h"

namespace nextline::server {
namespace {

using namespace std::chrono_literals;

/// A process that is starting answers as soon as it has read its command line.
constexpr std::chrono::milliseconds kPatience = 10s;
/// A server that ends meanwhile is looked for anew, so often.
constexpr int kAttempts = 3;

/// A connection to the server, which is started where there is none.
Result<FileDescriptor> connect_or_start(const MeetingPoint& point,
                                        const SharedServerRequest& request,
                                        const std::stop_token& stop) {
  auto found = point.connect();
  if (!found) return tl::unexpected(found.error());
  if (*found) return std::move(**found);

  const auto lock = point.lock(kPatience, stop);
  if (!lock) return tl::unexpected(lock.error());
  found = point.connect();  // Who had the lock before has started one, perhaps.
  if (!found) return tl::unexpected(found.error());
  if (*found) return std::move(**found);

  const auto listening = point.listen(*lock);
  if (!listening) return tl::unexpected(listening.error());
  // The socket listens already. Who waits there before the server begins is somebody to stay for,
  // however short it stays otherwise.
  found = point.connect();
  if (!found) return tl::unexpected(found.error());
  if (!*found) return failure("The socket of the server that is to be started is gone.");
  const auto started =
      start_in_background(request.background_arguments, listening->get(), request.log);
  if (!started) return tl::unexpected(started.error());
  spdlog::info("A server was started in the background; it writes its log to {}.",
               request.log.string());
  return std::move(**found);
}

}  // namespace

Result<FileDescriptor> attach_to_shared_server(const MeetingPoint& point,
                                               const SharedServerRequest& request,
                                               const std::stop_token& stop) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto connection = connect_or_start(point, request, stop);
    if (!connection) return connection;
    const HelloOutcome outcome =
        say_hello(connection->get(), request.version, request.arguments, kPatience, stop);
    if (outcome.is_attached) return connection;
    if (!outcome.has_ended) return failure(outcome.refusal);
    spdlog::debug("The server has ended while it was attached to; another one is looked for.");
  }
  return failure("The server that is shared ends as soon as it is attached to.",
                 "its log is " + request.log.string());
}

}  // namespace nextline::server
