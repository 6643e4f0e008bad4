#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "engine/disk/file_descriptor.h"
#include "engine/error.h"
#include "lsp/completion/completion_host.h"
#include "lsp/documents/document_room.h"
#include "lsp/statistics/statistics_store.h"
#include "server/command_line.h"
#include "server/serving/client_log.h"
#include "server/serving/client_options.h"
#include "server/serving/served_client.h"
#include "server/serving/serving_engine.h"
#include "server/sharing/meeting_point.h"
#include "server/transport/doorkeeper.h"
#include "server/transport/http_server.h"
#include "server/transport/listener.h"
#include "server/transport/seats.h"
#include "server/transport/wakeup.h"

namespace nextline::server {

/// What a process serves beside LSP. Each may be missing.
struct ServedPages {
  std::function<std::string()> page = {};  ///< The page at `/`.
  /// In Prometheus' text format, at `/metrics`.
  std::function<std::string(const lsp::CompletionHost::Gauges&)> metrics = {};
};

/// A process that serves any number of clients with one engine.
///
/// One thread, that of the io_context, carries messages and is the thread of all clients (see
/// `lsp/completion/scheduler.h`); it waits for nothing. Whoever connects passes a `Listener`, which
/// takes a seat for him, and the `Doorkeeper`, who hears his first message; only then is he a
/// `ServedClient`, with a completion service and a language server of his own. He goes when he says
/// so or his connection ends, and the others go on. The process ends when a stop is requested, when
/// its only client has gone where it is for one, and, in the background, when nobody has been there
/// for a while.
class ServerProcess {
 public:
  ServerProcess(std::unique_ptr<ServingEngine> engine, const ServeArguments& arguments,
                ServedPages pages = {});
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  /// Puts the engine away, and waits for that.
  ~ServerProcess();

  /// Makes sure that the engine can wake the thread that runs this. To be called first.
  Result<void> check_wakeup() { return server::check_wakeup(context_); }
  /// Listens where the arguments say, and tells it in the log. Fails where that is not possible.
  Result<void> listen();
  /// Serves those who come by a local socket that listens already.
  void listen(FileDescriptor socket, MeetingPoint point);

  /// Serves until the end; true if it was an orderly one.
  bool run(const std::stop_token& stop);

 private:
  using Tcp = boost::asio::ip::tcp;
  using Local = boost::asio::local::stream_protocol;
  /// Where others of this user find the process.
  struct Meeting {
    MeetingPoint point;
    ino_t occupant;
    Listener<Local> listener;
  };

  Result<std::optional<std::string>> token_for(const Tcp::endpoint& endpoint);
  Result<void> listen_for_tcp(const HostAndPort& address);
  Result<void> listen_for_http(const HostAndPort& address);
  HttpSite site(const HostAndPort& address, std::optional<std::string> token);
  std::string health() const;

  void serve_standard_streams();
  void take(Doorkeeper::Guest guest);
  ServedClient& add(std::shared_ptr<MessageChannel> channel, const ClientOptions& options);
  /// Of clients that say nothing else.
  ClientOptions own_options() const { return {arguments_.completion, arguments_.pinned}; }
  void remove(std::uint64_t client);
  void tell_clients(lsp::MessageType type, const std::string& message);
  /// Begins to wait for the end where nobody is there.
  void await_end();
  /// Gives the io_context nothing more to do.
  void end();

  const ServeArguments arguments_;
  ServedPages pages_;
  std::optional<std::string> token_;  // Once it is known.

  boost::asio::io_context context_{1};
  boost::asio::steady_timer idle_{context_};
  std::optional<ClientLog> client_log_;             // Where clients do not see the log.
  std::optional<lsp::StatisticsStore> statistics_;  // Nothing if none are kept.
  std::unique_ptr<ServingEngine> engine_;
  const lsp::DocumentRoom documents_;

  Seats network_seats_;
  Seats local_seats_;
  Doorkeeper doorkeeper_;
  std::optional<HttpServer> http_;
  std::optional<Listener<Tcp>> tcp_listener_;
  std::optional<Listener<Tcp>> http_listener_;
  std::optional<Meeting> meeting_;

  std::map<std::uint64_t, std::unique_ptr<ServedClient>> clients_;
  std::uint64_t last_client_ = 0;
  bool has_ended_ = false;
  bool ended_orderly_ = true;
};

}  // namespace nextline::server
