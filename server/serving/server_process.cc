#include "server/serving/server_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <boost/json/object.hpp>
#include <new>
#include <utility>

#include "lsp/optional_part.h"
#include "server/json_text.h"
#include "server/transport/framed_carrier.h"
#include "server/transport/socket_stream.h"
#include "server/transport/standard_streams.h"
#include "server/transport/token.h"

namespace nextline::server {
namespace {

namespace asio = boost::asio;

/// An editor of this user may send larger files than anybody else.
constexpr std::size_t kLongestOwnMessage = std::size_t{64} << 20;

TransportLimits own_limits(TransportLimits limits) {
  limits.message = std::max(limits.message, kLongestOwnMessage);
  return limits;
}

std::shared_ptr<MessageChannel> framed_channel(asio::io_context& context,
                                               SocketStream::Socket socket, TransportLimits limits,
                                               Seats::Seat seat) {
  return std::make_shared<MessageChannel>(
      context, std::make_shared<FramedCarrier>(std::make_unique<SocketStream>(std::move(socket))),
      limits, std::move(seat));
}

}  // namespace

ServerProcess::ServerProcess(std::unique_ptr<ServingEngine> engine, const ServeArguments& arguments,
                             ServedPages pages)
    : arguments_(arguments),
      pages_(std::move(pages)),
      engine_(std::move(engine)),
      documents_(arguments.documents),
      network_seats_(arguments.transport.connections),
      local_seats_(arguments.transport.connections),
      doorkeeper_(context_, arguments.transport.limits, NEXTLINE_VERSION,
                  [this](Doorkeeper::Guest guest) { take(std::move(guest)); }) {
  if (arguments.statistics.folder.empty()) return;
  lsp::emplace_if_possible(statistics_, "No statistics are kept", arguments.statistics);
}

ServerProcess::~ServerProcess() = default;

Result<void> ServerProcess::listen() {
  const TransportArguments& transport = arguments_.transport;
  Result<void> outcome;
  if (transport.tcp) outcome = listen_for_tcp(*transport.tcp);
  if (outcome && transport.http) outcome = listen_for_http(*transport.http);
  return outcome;
}

/// Who comes from this machine needs none unless there is one.
Result<std::optional<std::string>> ServerProcess::token_for(const Tcp::endpoint& endpoint) {
  const auto& file = arguments_.transport.token_file;
  if (!token_ && !file.empty()) {
    auto token = read_token(file);
    if (!token) return tl::unexpected(token.error());
    token_ = std::move(*token);
  }
  if (endpoint.address().is_loopback() && file.empty()) return std::optional<std::string>();
  if (!token_) {
    token_ = make_token();
    spdlog::info("Who is served needs this token: {}", *token_);
  }
  return token_;
}

Result<void> ServerProcess::listen_for_tcp(const HostAndPort& address) {
  auto acceptor = listen_at(context_, address);
  if (!acceptor) return tl::unexpected(acceptor.error());
  auto token = token_for(acceptor->local_endpoint());
  if (!token) return tl::unexpected(token.error());
  spdlog::info("Serving TCP at {}.", spell(acceptor->local_endpoint()));
  tcp_listener_.emplace(std::move(*acceptor), [this, token = *token](Tcp::socket socket) {
    auto seat = network_seats_.take();
    if (!seat) return;
    doorkeeper_.receive(
        framed_channel(context_, std::move(socket), arguments_.transport.limits, std::move(*seat)),
        token);
  });
  return {};
}

Result<void> ServerProcess::listen_for_http(const HostAndPort& address) {
  auto acceptor = listen_at(context_, address);
  if (!acceptor) return tl::unexpected(acceptor.error());
  auto token = token_for(acceptor->local_endpoint());
  if (!token) return tl::unexpected(token.error());
  spdlog::info("Serving HTTP at http://{}/.", spell(acceptor->local_endpoint()));
  http_.emplace(context_, site(address, std::move(*token)), arguments_.transport.limits,
                [this](std::shared_ptr<MessageChannel> channel) {
                  doorkeeper_.receive(std::move(channel), std::nullopt);
                });
  http_listener_.emplace(std::move(*acceptor), [this](Tcp::socket socket) {
    http_->receive(std::move(socket), network_seats_.take());
  });
  return {};
}

HttpSite ServerProcess::site(const HostAndPort& address, std::optional<std::string> token) {
  HttpSite site;
  site.page = pages_.page;
  site.health = [this] { return health(); };
  if (pages_.metrics) site.metrics = [this] { return pages_.metrics(engine_->host().gauges()); };
  site.token = std::move(token);
  site.listens_at = address.host;
  return site;
}

std::string ServerProcess::health() const {
  const lsp::CompletionHost::Gauges gauges = engine_->host().gauges();
  boost::json::object health = {{"status", "ok"},
                                {"version", NEXTLINE_VERSION},
                                {"model", engine_->title()},
                                {"is_loaded", gauges.is_loaded},
                                {"clients", gauges.clients}};
  engine_->tell_health(health);
  return to_json_text(health) + "\n";
}

void ServerProcess::listen(FileDescriptor socket, MeetingPoint point) {
  const auto occupant = point.occupant();
  client_log_.emplace([this](lsp::MessageType type, std::string message) {
    asio::post(context_,
               [this, type, message = std::move(message)] { tell_clients(type, message); });
  });
  asio::basic_socket_acceptor<Local> acceptor(context_, Local(),
                                              ::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
  meeting_.emplace(Meeting{std::move(point), occupant.value_or(0),
                           Listener<Local>(std::move(acceptor), [this](Local::socket connection) {
                             auto seat = local_seats_.take();
                             if (!seat || !is_own_peer(connection.native_handle())) return;
                             doorkeeper_.receive(
                                 framed_channel(context_, std::move(connection),
                                                own_limits(arguments_.transport.limits),
                                                std::move(*seat)),
                                 std::nullopt);
                           })});
}

bool ServerProcess::run(const std::stop_token& stop) {
  const TransportArguments& transport = arguments_.transport;
  if (transport.stdio && !transport.is_in_background) serve_standard_streams();
  await_end();
  const std::stop_callback end_when_stopped(stop,
                                            [this] { asio::post(context_, [this] { end(); }); });
  try {
    context_.run();
  } catch (const std::bad_alloc&) {
    // Whatever it was about may be half done, and nobody knows whose it was.
    spdlog::error("There is not enough memory: the server ends.");
    end();
    return false;
  }
  return ended_orderly_;
}

void ServerProcess::serve_standard_streams() {
  TransportLimits limits = own_limits(arguments_.transport.limits);
  limits.first_message = limits.message;
  auto channel = std::make_shared<MessageChannel>(
      context_, std::make_shared<FramedCarrier>(std::make_unique<StandardStreams>(context_)),
      limits);
  // One that is stopped before its client has ended is not an orderly end for that.
  if (arguments_.transport.is_for_one_client()) ended_orderly_ = false;
  add(std::move(channel), own_options()).start();
}

void ServerProcess::take(Doorkeeper::Guest guest) {
  ClientOptions options = own_options();
  if (guest.attachment && !guest.attachment->arguments.empty()) {
    options = client_options(guest.attachment->arguments, options);
  }
  ServedClient& client = add(std::move(guest.channel), options);
  client.take_over();
  if (guest.first) client.receive(*guest.first);
}

ServedClient& ServerProcess::add(std::shared_ptr<MessageChannel> channel,
                                 const ClientOptions& options) {
  const std::uint64_t number = ++last_client_;
  const ServedClient::Shared shared{context_, engine_->host(),
                                    statistics_ ? &*statistics_ : nullptr, documents_};
  auto client = std::make_unique<ServedClient>(
      shared, options, std::move(channel), [this, number](bool is_orderly) {
        // It is still in its own call.
        asio::post(context_, [this, number, is_orderly] {
          if (arguments_.transport.is_for_one_client() && clients_.contains(number)) {
            ended_orderly_ = is_orderly;
          }
          remove(number);
        });
      });
  idle_.cancel();
  return *clients_.emplace(number, std::move(client)).first->second;
}

void ServerProcess::remove(std::uint64_t client) {
  clients_.erase(client);
  if (arguments_.transport.is_for_one_client()) return end();
  await_end();
}

void ServerProcess::tell_clients(lsp::MessageType type, const std::string& message) {
  for (const auto& [number, client] : clients_) client->log(type, message);
}

void ServerProcess::await_end() {
  if (!arguments_.transport.is_in_background || !clients_.empty() || has_ended_) return;
  idle_.expires_after(arguments_.transport.stays);
  idle_.async_wait([this](const boost::system::error_code& error) {
    if (error || !clients_.empty()) return;
    if (doorkeeper_.is_waited_at()) return await_end();
    spdlog::info("Nobody has been here for {} s.", arguments_.transport.stays.count());
    end();
  });
}

void ServerProcess::end() {
  if (std::exchange(has_ended_, true)) return;
  if (meeting_) {
    meeting_->point.leave(meeting_->occupant);
    meeting_.reset();
  }
  tcp_listener_.reset();
  http_listener_.reset();
  http_.reset();
  doorkeeper_.close();
  idle_.cancel();
  clients_.clear();
}

}  // namespace nextline::server
