#pragma once

#include <functional>
#include <string>

#include "engine/error.h"
#include "server/remote/prompt_template.h"
#include "server/remote/remote_options.h"

namespace nextline::remote {

/// A server that can be asked: what the options say, looked at and found usable.
struct RemoteServer {
  RemoteOptions options;
  std::string address = {};    ///< What requests are posted to.
  std::string token = {};      ///< Never written anywhere but into a request's header. Empty: none.
  PromptTemplate prompt = {};  ///< Of Protocol::kOpenAi.
  bool is_encrypted = false;
};

/// The value of an environment variable; null if it is not set.
using Environment = std::function<const char*(const char* name)>;

/// Looks at options that name a server. Fails with a sentence for whoever wrote them: where the
/// address is none, would have text or a token sent in plain text to another machine, or holds a
/// secret; where the token's variable is not set, or the file of certificates cannot be read.
Result<RemoteServer> remote_server(const RemoteOptions& options, const Environment& environment);

}  // namespace nextline::remote
