#include "server/serving/shared_serving.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <memory>
#include <utility>

#include "engine/disk/private_folder.h"
#include "server/sharing/background_process.h"
#include "server/sharing/relay.h"
#include "server/sharing/shared_server.h"
#include "server/transport/socket_stream.h"
#include "server/transport/standard_streams.h"

namespace nextline::server {
namespace {

namespace asio = boost::asio;

std::unique_ptr<SocketStream> stream_of(asio::io_context& context, const FileDescriptor& socket) {
  return std::make_unique<SocketStream>(asio::local::stream_protocol::socket(
      context, asio::local::stream_protocol(), ::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0)));
}

/// Carries what the editor and the server say, until either ends.
Result<Answer> relay(const FileDescriptor& server, const SharedServing& shared,
                     const std::stop_token& stop) {
  asio::io_context context(1);
  Relay relay(context, std::make_unique<StandardStreams>(context), stream_of(context, server));
  const std::stop_callback stop_at_once(stop, [&context] { context.stop(); });
  relay.start();
  context.run();
  Answer nothing_more_to_say;
  nothing_more_to_say.success = relay.ended_orderly();
  if (relay.ended_orderly() || stop.stop_requested()) return nothing_more_to_say;
  if (relay.has_lost_server()) {
    return failure("The server that served this editor and others has gone; its log is " +
                   shared.log.string() + ".");
  }
  if (!relay.has_exited()) spdlog::warn("The client has gone without saying exit.");
  return nothing_more_to_say;
}

bool is_listening(int socket) {
  int listens = 0;
  socklen_t size = sizeof(listens);
  return ::getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0;
}

}  // namespace

Result<SharedServing> shared_serving(const std::string& identity,
                                     const std::filesystem::path& cache) {
  auto log_folder = PrivateFolder::create(cache / "log");
  if (!log_folder) return tl::unexpected(log_folder.error());
  auto point = MeetingPoint::open(identity);
  if (!point) return tl::unexpected(point.error());
  return SharedServing{std::move(*point), log_folder->path() / "server.log"};
}

std::optional<Result<Answer>> serve_by_another(const SharedServing& shared,
                                               const std::vector<std::string>& words,
                                               const std::stop_token& stop) {
  SharedServerRequest request{NEXTLINE_VERSION, words, words, shared.log};
  request.background_arguments.emplace_back("--background");
  const auto server = attach_to_shared_server(shared.point, request, stop);
  if (server) {
    spdlog::info("This editor is served by the process at {}.", shared.point.path().string());
    return relay(*server, shared, stop);
  }
  if (stop.stop_requested()) return std::nullopt;
  spdlog::warn("{} This editor is served by a process of its own.", server.error().message);
  if (!server.error().cause.empty()) spdlog::debug("{}", server.error().cause);
  return std::nullopt;
}

Result<void> take_inherited_socket(ServerProcess& process, MeetingPoint point) {
  if (!is_listening(kInheritedSocket)) {
    return failure("--background is for processes that another one starts, with a socket.");
  }
  ::fcntl(kInheritedSocket, F_SETFD, FD_CLOEXEC);
  process.listen(FileDescriptor(kInheritedSocket), std::move(point));
  return {};
}

void offer_to_others(ServerProcess& process, MeetingPoint point, const std::stop_token& stop) {
  constexpr std::chrono::seconds kPatience{1};
  const auto lock = point.lock(kPatience, stop);
  const auto other = lock ? point.connect() : tl::unexpected(lock.error());
  if (!other)
    return spdlog::info("Other processes do not find this one: {}", other.error().message);
  if (*other) {
    return spdlog::info("Other processes find the one that has these options already.");
  }
  auto socket = point.listen(*lock);
  if (!socket) return spdlog::info("{}", socket.error().message);
  process.listen(std::move(*socket), std::move(point));
}

}  // namespace nextline::server
