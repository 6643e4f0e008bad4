#include "server/transport/attachment.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>

#include "lsp/protocol/field.h"

namespace nextline::server {
namespace {

std::string read_text(const lsp::Field& field) { return field.string(); }

std::vector<std::string> read_words(const lsp::Field& field) {
  std::vector<std::string> words;
  for (const lsp::Field& element : field.elements()) words.push_back(element.string());
  return words;
}

}  // namespace

tl::expected<Attachment, std::string> read_attachment(const boost::json::value& params) {
  std::string problem;
  const lsp::Field field(params, "params", problem);
  Attachment attachment;
  attachment.protocol = field.object()["protocol"].long_integer();
  attachment.version = field["version"].optional(read_text).value_or("");
  attachment.token = field["token"].optional(read_text).value_or("");
  attachment.arguments =
      field["arguments"].optional(read_words).value_or(std::vector<std::string>());
  if (!problem.empty()) return tl::unexpected(problem);
  return attachment;
}

boost::json::value to_json(const Attachment& attachment) {
  boost::json::object object{{"protocol", attachment.protocol}, {"version", attachment.version}};
  if (!attachment.token.empty()) object["token"] = attachment.token;
  if (!attachment.arguments.empty()) {
    object["arguments"] =
        boost::json::array(attachment.arguments.begin(), attachment.arguments.end());
  }
  return object;
}

std::string mismatch(const Attachment& client, const Attachment& server) {
  if (client.protocol == server.protocol) return {};
  return fmt::format(
      "The client (Nextline {}) attaches by protocol {}, the server (Nextline {}) by protocol {}.",
      client.version, client.protocol, server.version, server.protocol);
}

}  // namespace nextline::server
