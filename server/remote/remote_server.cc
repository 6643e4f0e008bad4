#include "server/remote/remote_server.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <string_view>

namespace nextline::remote {
namespace {

/// Longer ones are a mistake: a file's content, for one.
constexpr std::size_t kLongestToken = 4096;

using CurlUrl = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

/// Empty if it has none.
std::string part_of(const CurlUrl& url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) return "";
  const std::unique_ptr<char, decltype(&curl_free)> owned(text, &curl_free);
  return text;
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  // 127.0.0.0/8, spelled as it always is: what begins so but is a name is none.
  return host.starts_with("127.") &&
         host.find_first_not_of("0123456789.") == std::string_view::npos &&
         std::ranges::count(host, '.') == 3;
}

/// The path that requests go to, where a URL names a server, or the root of its API.
std::string path_for(Protocol protocol, std::string path) {
  while (path.ends_with('/')) path.pop_back();
  const std::string_view own = protocol == Protocol::kInfill ? "/infill" : "/v1/completions";
  if (path.ends_with(own)) return path;
  if (protocol == Protocol::kOpenAi && path.ends_with("/v1")) return path + "/completions";
  return path.append(own);
}

Result<void> read_url(RemoteServer& server) {
  const RemoteOptions& options = server.options;
  if (options.url.empty()) {
    return failure("There are options of a remote engine, but --remote does not say where it is.");
  }
  const CurlUrl url(curl_url(), &curl_url_cleanup);
  const bool is_url = curl_url_set(url.get(), CURLUPART_URL, options.url.c_str(), 0) == CURLUE_OK;
  const std::string scheme = is_url ? part_of(url, CURLUPART_SCHEME) : "";
  // It is not shown: it might be a secret that was put in the wrong place.
  if (scheme != "https" && scheme != "http") {
    return failure(
        "The remote engine's address must begin with https:// or http:// and have a host.");
  }
  for (const CURLUPart secret :
       {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
    if (part_of(url, secret).empty()) continue;
    return failure(
        "The remote engine's address must have no user, password, query or fragment; a token is "
        "named with --remote-token-variable.");
  }
  server.is_encrypted = scheme == "https";
  const bool stays_here = is_loopback(part_of(url, CURLUPART_HOST));
  if (!server.is_encrypted && !stays_here) {
    if (!options.token_variable.empty()) {
      return failure("A token is not sent over plain http:// to another machine; use https.");
    }
    if (!options.is_insecure) {
      return failure(
          "Your code would be sent over plain http:// to another machine: use https://, or allow "
          "it "
          "with --remote-insecure");
    }
  }
  const std::string path = path_for(options.protocol, part_of(url, CURLUPART_PATH));
  curl_url_set(url.get(), CURLUPART_PATH, path.c_str(), 0);
  server.address = part_of(url, CURLUPART_URL);
  return {};
}

Result<void> read_token(RemoteServer& server, const Environment& environment) {
  const std::string& variable = server.options.token_variable;
  if (variable.empty()) return {};
  const char* const value = environment(variable.c_str());
  if (value == nullptr || *value == '\0') {
    return failure(fmt::format(
        "The environment variable {}, which --remote-token-variable names, is not set.", variable));
  }
  server.token = value;
  const bool is_one_word = std::ranges::all_of(
      server.token, [](char character) { return character > ' ' && character < '\x7f'; });
  if (!is_one_word || server.token.size() > kLongestToken) {
    return failure(fmt::format("What the environment variable {} has is no token.", variable));
  }
  return {};
}

Result<void> choose_template(RemoteServer& server) {
  const RemoteOptions& options = server.options;
  if (options.protocol == Protocol::kInfill) return {};
  if (options.model.empty()) {
    return failure("--remote-model must say what the remote engine calls its model.");
  }
  const auto prompt = options.prompt_template.empty() ? template_of_model(options.model)
                                                      : template_from_name(options.prompt_template);
  if (!prompt) {
    return failure(
        fmt::format("Nobody knows by its name how the model '{}' fills in the middle: say it with "
                    "--remote-template, one of {}.",
                    options.model, template_names()));
  }
  server.prompt = *prompt;
  return {};
}

Result<void> look_at_certificates(const RemoteServer& server) {
  const auto& file = server.options.ca_file;
  if (file.empty() || std::ifstream(file).get() != std::ifstream::traits_type::eof()) return {};
  return failure(fmt::format(
      "The file of certificates {}, which --remote-ca names, cannot be read.", file.string()));
}

}  // namespace

Result<RemoteServer> remote_server(const RemoteOptions& options, const Environment& environment) {
  RemoteServer server{.options = options};
  for (const auto& outcome : {read_url(server), choose_template(server),
                              read_token(server, environment), look_at_certificates(server)}) {
    if (!outcome) return tl::unexpected(outcome.error());
  }
  return server;
}

}  // namespace nextline::remote
