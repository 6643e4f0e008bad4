#include "server/sharing/hello.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "lsp/protocol/framing.h"
#include "lsp/protocol/message.h"
#include "server/transport/attachment.h"

namespace nextline::server {
namespace {

using Clock = std::chrono::steady_clock;

/// Waits until the socket can be read, or written; false where that takes too long.
bool await(int socket, short event, Clock::time_point deadline, const std::stop_token& stop) {
  constexpr std::chrono::milliseconds kLongestWait{50};
  while (!stop.stop_requested() && Clock::now() < deadline) {
    pollfd waiting{socket, event, 0};
    if (::poll(&waiting, 1, static_cast<int>(kLongestWait.count())) > 0) return true;
  }
  return false;
}

bool write_all(int socket, std::string_view bytes, Clock::time_point deadline,
               const std::stop_token& stop) {
  while (!bytes.empty()) {
    if (!await(socket, POLLOUT, deadline, stop)) return false;
    const ssize_t written = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

HelloOutcome outcome_of(const lsp::MessageReader::Outcome& content) {
  const auto refused = [](std::string why) { return HelloOutcome{false, false, std::move(why)}; };
  if (!content) return refused(content.error().error.message);
  const auto message = lsp::parse_message(*content);
  const auto* const response = message ? std::get_if<lsp::Response>(&*message) : nullptr;
  if (response == nullptr) return refused("The server does not answer as one does.");
  if (!response->outcome) return refused(response->outcome.error().message);
  const auto server = read_attachment(*response->outcome);
  if (!server) return refused("The server does not say which protocol it speaks.");
  if (server->protocol != kAttachProtocol) {
    return refused("The server speaks another protocol: Nextline " + server->version + ".");
  }
  return {.is_attached = true};
}

}  // namespace

HelloOutcome say_hello(int socket, const std::string& version,
                       const std::vector<std::string>& arguments,
                       std::chrono::milliseconds patience, const std::stop_token& stop) {
  const Clock::time_point deadline = Clock::now() + patience;
  const Attachment attachment{kAttachProtocol, version, {}, arguments};
  const std::string request =
      lsp::framed(lsp::serialize_message(lsp::Request{1, kAttachMethod, to_json(attachment)}));
  if (!write_all(socket, request, deadline, stop)) return {.has_ended = true};
  lsp::MessageReader reader;
  std::array<char, 4096> chunk;
  while (true) {
    if (const auto answer = reader.next()) return outcome_of(*answer);
    if (!await(socket, POLLIN, deadline, stop)) return {.refusal = "The server does not answer."};
    const ssize_t size = ::recv(socket, chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size <= 0) return {.has_ended = true};
    reader.feed(std::string_view(chunk.data(), static_cast<std::size_t>(size)));
  }
}

}  // namespace nextline::server
