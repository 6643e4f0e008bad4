#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lsp/protocol/message.h"
#include "lsp/protocol/types.h"

namespace nextline::lsp {

/// Shows messages to the user (`window/showMessage`), each once: who has read it knows it. Belongs
/// to the client's thread.
class ClientWindow {
 public:
  explicit ClientWindow(std::function<void(const Message&)> send) : send_(std::move(send)) {}

  /// The client may be sent messages from now on; those that wait are.
  void allow();
  /// Shows a message, at once or as soon as that is allowed.
  void show(MessageType type, const std::string& message);

 private:
  void send(MessageType type, const std::string& message);

  std::function<void(const Message&)> send_;
  bool is_allowed_ = false;
  std::vector<std::pair<MessageType, std::string>> waiting_;
  std::set<std::string> shown_;
};

}  // namespace nextline::lsp
