#include "server/serving/client_options.h"

#include <spdlog/spdlog.h>

#include <variant>

#include "server/command_line.h"

namespace nextline::server {

lsp::Completer::Options client_options(const std::vector<std::string>& arguments,
                                       const lsp::Completer::Options& otherwise) {
  std::vector<const char*> words{"nextline"};
  for (const std::string& argument : arguments) words.push_back(argument.c_str());
  const auto parsed = parse_command_line(static_cast<int>(words.size()), words.data());
  const auto* const command_line = std::get_if<CommandLine>(&parsed);
  const auto* const serve =
      command_line ? std::get_if<ServeArguments>(&command_line->command) : nullptr;
  if (serve != nullptr) return serve->completion;
  spdlog::warn("A client's options are not understood; it is served with the server's.");
  return otherwise;
}

}  // namespace nextline::server
