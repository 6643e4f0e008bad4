#pragma once

#include <functional>
#include <memory>
#include <string>

#include "lsp/protocol/types.h"

namespace nextline::server {

/// Has warnings and errors of the log told to `tell`, too, as long as this lives: who is served by
/// a process in the background does not see its log. `tell` is called on whichever thread logs, and
/// must not log. To be made and destroyed while no other thread logs.
class ClientLog {
 public:
  using Tell = std::function<void(lsp::MessageType, std::string)>;

  explicit ClientLog(Tell tell);
  ClientLog(const ClientLog&) = delete;
  ClientLog& operator=(const ClientLog&) = delete;
  ~ClientLog();

 private:
  class Sink;
  std::shared_ptr<Sink> sink_;
};

}  // namespace nextline::server
