#include "server/remote_options.h"

#include <chrono>
#include <cstdint>
#include <string>

#include "server/remote/prompt_template.h"

namespace nextline::server {
namespace {

using remote::Protocol;

void add_seconds(CLI::App& command, const std::string& name, std::chrono::seconds& time,
                 const std::string& description) {
  command
      .add_option_function<std::int64_t>(
          name, [&time](std::int64_t seconds) { time = std::chrono::seconds(seconds); },
          description)
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{3600}))
      ->type_name("S");
}

/// What the server is, and what it is told.
void add_server(CLI::App& command, remote::RemoteOptions& options) {
  command
      .add_option(
          "--remote", options.url,
          "A completion server that completes instead of a model on this machine; your code "
          "is sent there (default: none, and nothing is sent anywhere)")
      ->type_name("URL");
  command
      .add_option_function<std::string>(
          "--remote-api",
          [&options](const std::string& name) {
            options.protocol = name == "infill" ? Protocol::kInfill : Protocol::kOpenAi;
          },
          "What it speaks: openai (/v1/completions, as vLLM does; default) or infill (/infill, as "
          "llama.cpp's server does)")
      ->check([](const std::string& name) {
        return name == "openai" || name == "infill"
                   ? std::string()
                   : "must be openai or infill, not '" + name + "'";
      })
      ->type_name("NAME");
  command
      .add_option("--remote-model", options.model, "What it calls the model that is to complete")
      ->type_name("NAME");
  command
      .add_option("--remote-template", options.prompt_template,
                  "How that model fills in the middle: " + remote::template_names() +
                      " (default: what its name tells)")
      ->check([](const std::string& name) {
        return remote::template_from_name(name)
                   ? std::string()
                   : "must be " + remote::template_names() + ", not '" + name + "'";
      })
      ->type_name("NAME");
  command
      .add_option_function<std::string>(
          "--remote-logprobs",
          [&options](const std::string& word) { options.asks_probabilities = word == "on"; },
          "on or off: whether it is asked how sure it is, which not every server can say (default "
          "on)")
      ->check([](const std::string& word) {
        return word == "on" || word == "off" ? std::string()
                                             : "must be on or off, not '" + word + "'";
      })
      ->type_name("on|off");
}

/// Whom it is told to, and who may read it on the way.
void add_safety(CLI::App& command, remote::RemoteOptions& options) {
  command
      .add_option("--remote-token-variable", options.token_variable,
                  "The name of an environment variable with the token that it wants")
      ->type_name("NAME");
  command
      .add_option("--remote-ca", options.ca_file,
                  "A file with the certificates of the authorities that may vouch for it (default: "
                  "the system's)")
      ->type_name("FILE");
  command.add_flag("--remote-insecure", options.is_insecure,
                   "Allow plain http:// to another machine, where others can read your code");
}

}  // namespace

void add_remote(CLI::App& command, remote::RemoteOptions& options) {
  add_server(command, options);
  add_safety(command, options);
  add_seconds(command, "--remote-timeout", options.first_piece,
              "Seconds within which its answer must have begun (default 10)");
  add_seconds(command, "--remote-total-timeout", options.whole,
              "Seconds within which it must have ended (default 30)");
  command
      .add_option_function<std::int64_t>(
          "--remote-pause",
          [&options](std::int64_t pause) { options.pause = std::chrono::milliseconds(pause); },
          "Milliseconds that you must have paused before it is asked without your asking (default "
          "75)")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{60'000}))
      ->type_name("MS");
}

}  // namespace nextline::server
