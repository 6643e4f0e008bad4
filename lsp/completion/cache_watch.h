#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "engine/session/session.h"
#include "lsp/completion/cache_report.h"

namespace nextline::lsp {

/// Somebody who is shown a document's cache.
struct CacheViewer {
  /// Called on the model's thread, after each update and each pass.
  std::function<void(CacheReport)> show;
  /// `CacheState::encoded` of the report that was seen last: what was computed since is new. Any
  /// thread may set it.
  std::shared_ptr<const std::atomic<std::uint32_t>> seen =
      std::make_shared<std::atomic<std::uint32_t>>(0);
};

/// Follows what is computed in a document's session, and shows it. Belongs to the model's thread.
class CacheWatch {
 public:
  explicit CacheWatch(CacheViewer viewer) : viewer_(std::move(viewer)) {}

  /// The session has followed an edit or a move of the cursor.
  void take_update(const Session& session);
  /// The session has computed something: in a pause, or because somebody is to be answered.
  void take_pass(const Session& session, bool in_pause = false);

 private:
  void show(const Session& session);

  CacheViewer viewer_;
  CacheReport sums_;  // But for the state.
  bool is_opening_ = true;
  std::uint32_t encoded_ = 0;  // What the session had computed when it was looked at last …
  double encoding_ms_ = 0;     // … and how long that took.
};

}  // namespace nextline::lsp
