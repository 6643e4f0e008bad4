#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "lsp/client_requests.h"
#include "lsp/protocol/message.h"
#include "lsp/work_status.h"

namespace nextline::lsp {

/// Shows one piece of work in the client's window: has it make a place for it
/// (`window/workDoneProgress/create`) and, once it has, tells how far the work is (`$/progress`).
/// The latest status counts; what came before the place was there is not told.
///
/// Belongs to the client's thread.
class WorkDoneProgress {
 public:
  /// `token` names it among all that the server shows. `requests` must outlive it.
  WorkDoneProgress(std::string token, std::string title, ClientRequests& requests,
                   std::function<void(const Message&)> send)
      : token_(std::move(token)),
        title_(std::move(title)),
        requests_(requests),
        send_(std::move(send)) {}

  /// The client can show progress, and may be sent requests from now on.
  void allow();
  void show(const WorkStatus& status);

 private:
  enum class Place : std::uint8_t { kNone, kAllowed, kAskedFor, kThere, kRefused };

  void ask_for_place();
  void take_place(bool is_there);
  void tell(const WorkStatus& status, bool first);

  std::string token_;
  std::string title_;
  ClientRequests& requests_;
  std::function<void(const Message&)> send_;
  Place place_ = Place::kNone;
  std::optional<WorkStatus> latest_;
};

}  // namespace nextline::lsp
