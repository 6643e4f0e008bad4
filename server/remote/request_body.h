#pragma once

#include <string>

#include "lsp/completion/text_generator.h"
#include "server/remote/remote_server.h"

namespace nextline::remote {

/// How tokens are chosen.
struct Choice {
  double temperature = 0;  ///< 0: the most likely one.
  double top_p = 1;
};

/// The temperature at which further texts for one place are drawn, where the first one is not: high
/// enough for them to differ, low enough for code.
inline constexpr double kVariantTemperature = 0.6;

/// What is posted to a server: one JSON object, in UTF-8 whatever the texts are. There is nothing
/// in it but what the request has, the model's name, and how tokens are to be chosen.
std::string request_body(const RemoteServer& server, const Choice& choice,
                         const lsp::GenerationRequest& request);

}  // namespace nextline::remote
