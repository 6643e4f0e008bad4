#include "lsp/client_window.h"

#include <cstddef>

namespace nextline::lsp {
namespace {

/// Where so many have been shown, remembering them is no longer of use.
constexpr std::size_t kMostRemembered = 256;

}  // namespace

void ClientWindow::allow() {
  is_allowed_ = true;
  for (const auto& [type, message] : std::exchange(waiting_, {})) send(type, message);
}

void ClientWindow::show(MessageType type, const std::string& message) {
  if (shown_.size() == kMostRemembered) shown_.clear();
  if (!shown_.insert(message).second) return;
  if (is_allowed_) {
    send(type, message);
  } else if (waiting_.size() < kMostRemembered) {
    waiting_.emplace_back(type, message);
  }
}

void ClientWindow::send(MessageType type, const std::string& message) {
  send_(
      Notification{"window/showMessage", {{"type", static_cast<int>(type)}, {"message", message}}});
}

}  // namespace nextline::lsp
