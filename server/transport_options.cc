#include "server/transport_options.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace nextline::server {
namespace {

constexpr std::size_t kMegabyte = std::size_t{1} << 20;

void add_address(CLI::App& command, const std::string& name, std::optional<HostAndPort>& address,
                 const std::string& description) {
  command
      .add_option_function<std::string>(
          name, [&address](const std::string& text) { address = *parse_host_and_port(text); },
          description)
      ->check([](const std::string& text) {
        const auto parsed = parse_host_and_port(text);
        if (parsed && parsed->port) return std::string();
        return "'" + text + "' is not HOST:PORT, for example 127.0.0.1:8080 or [::1]:8080";
      })
      ->type_name("HOST:PORT");
}

/// What clients may have open.
void add_limits_of_documents(CLI::App& command, lsp::DocumentLimits& limits) {
  command
      .add_option_function<std::size_t>(
          "--document-limit",
          [&limits](std::size_t megabytes) { limits.document_bytes = megabytes * kMegabyte; },
          "Megabytes of a document at most; one that is larger is not completed (default 12)")
      ->check(CLI::Range(std::size_t{1}, std::size_t{64}))
      ->type_name("MB");
  command
      .add_option_function<std::size_t>(
          "--document-memory",
          [&limits](std::size_t megabytes) { limits.all_bytes = megabytes * kMegabyte; },
          "Megabytes that the texts of all open documents may have together; what is opened beyond "
          "is not completed (default 256)")
      ->check(CLI::Range(std::size_t{1}, std::size_t{65'536}))
      ->type_name("MB");
  command
      .add_option_function<std::size_t>(
          "--documents",
          [&limits](std::size_t count) {
            limits.documents = count;
            limits.all_documents = 4 * count;
          },
          "Documents that one client may have open, and all together four times as many; what is "
          "opened beyond is not completed (default 2000)")
      ->check(CLI::Range(std::size_t{1}, std::size_t{100'000}))
      ->type_name("N");
}

/// What one client, or all together, may take.
void add_limits_of_clients(CLI::App& command, ServeArguments& arguments) {
  TransportArguments& transport = arguments.transport;
  command
      .add_option("--connections", transport.connections,
                  "Connections at most, by TCP and HTTP together and by the local socket (default "
                  "256)")
      ->check(CLI::Range(std::size_t{1}, std::size_t{100'000}))
      ->type_name("N");
  command
      .add_option_function<std::size_t>(
          "--message-limit",
          [&transport](std::size_t megabytes) { transport.limits.message = megabytes * kMegabyte; },
          "Megabytes of a message that comes by TCP or HTTP at most (default 16)")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1024}))
      ->type_name("MB");
  add_limits_of_documents(command, arguments.documents);
  command
      .add_option_function<std::int64_t>(
          "--hello-time",
          [&transport](std::int64_t seconds) {
            transport.limits.hello = std::chrono::seconds(seconds);
          },
          "Seconds within which who connects must have said something (default 10)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{3600}))
      ->type_name("S");
}

/// Whether processes serve each other's clients, and how long they keep what nobody uses.
void add_sharing(CLI::App& command, ServeArguments& arguments) {
  command.add_flag_callback(
      "--no-share", [&arguments] { arguments.transport.is_shared = false; },
      "Serve in this process, rather than by one that others with the same options use too");
  command
      .add_option_function<std::int64_t>(
          "--stay",
          [&arguments](std::int64_t seconds) {
            arguments.transport.stays = std::chrono::seconds(seconds);
          },
          "Seconds that a process which others use stays in the background when the last of them "
          "has gone (default 60)")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1'000'000}))
      ->type_name("S");
  command
      .add_option_function<std::int64_t>(
          "--unload-after",
          [&arguments](std::int64_t minutes) {
            arguments.unload_after = std::chrono::minutes(minutes);
          },
          "Minutes without a request or a change after which the model is given back; the next "
          "one loads it again; 0: never (default 0)")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1'000'000}))
      ->type_name("MIN");
  command.add_flag("--background", arguments.transport.is_in_background)
      ->group("")  // Nobody types this: a process that starts another one does.
      ->configurable(false);
}

}  // namespace

void add_transports(CLI::App& command, ServeArguments& arguments) {
  TransportArguments& transport = arguments.transport;
  command.add_flag("--stdio", transport.stdio, "Speak over standard input and standard output")
      ->configurable(false);
  add_address(command, "--tcp", transport.tcp,
              "Speak over TCP there; port 0: one that is free, which the log names");
  add_address(command, "--http", transport.http,
              "Speak over a WebSocket at /lsp there, and answer /health and /metrics");
  command
      .add_option("--token-file", transport.token_file,
                  "A file that only you can read, with the token that clients must have (default: "
                  "from this machine, none; from elsewhere, one that is made and told once)")
      ->type_name("FILE");
  add_limits_of_clients(command, arguments);
  add_sharing(command, arguments);
  command.callback([&transport] {
    if (transport.stdio || transport.tcp || transport.http || transport.is_in_background) return;
    throw CLI::RequiredError("--stdio, --tcp or --http");
  });
}

}  // namespace nextline::server
