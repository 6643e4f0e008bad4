#pragma once

#include <cstdint>

#include "engine/session/completion.h"
#include "lsp/completion/suggestion.h"

namespace nextline::lsp {

/// Hears what a model host does for its clients, as it happens: for whoever counts and measures. It
/// hears of numbers, never of a text's name or place.
///
/// Called on the model's thread and on the clients', several at once; what it does must take
/// microseconds, and must not call back. It need not do anything.
class CompletionObserver {
 public:
  /// Whom something is computed for.
  enum class Purpose : std::uint8_t {
    kRequest,      ///< Somebody waits.
    kPreparation,  ///< What changed, or was opened.
    kLookAhead,    ///< What may be asked for next.
    kRefresh,      ///< Idle work.
  };
  /// Where an answer comes from.
  enum class Source : std::uint8_t {
    kModel,       ///< It was computed for this request.
    kTypedAlong,  ///< The rest of a suggestion that was made before.
    kPrepared,    ///< It was made before anybody asked.
    kNowhere,     ///< The document is switched off.
  };
  /// Why a request gets no answer.
  enum class Loss : std::uint8_t {
    kSuperseded,  ///< The text or the place has changed.
    kCancelled,   ///< Nobody wants it any more.
  };

  virtual ~CompletionObserver() = default;

  /// A request has come. What becomes of it is told later: `answered`, `failed` or `lost`.
  virtual void asked() {}
  virtual void answered(const Suggestion& /*suggestion*/, Source /*source*/) {}
  virtual void failed() {}
  virtual void lost(Loss /*loss*/) {}

  /// A completion has been made, for a request or ahead of one; of several candidates, each. Its
  /// prompt tokens are those that were computed since the document's completion before, in its own
  /// passes and in such as prepared it.
  virtual void completed(const Completion& /*completion*/, Purpose /*purpose*/) {}
  /// A pass that prepares or refreshes has computed so many tokens of a prompt.
  virtual void encoded(std::uint32_t /*tokens*/, Purpose /*purpose*/) {}

  /// The device that computed the model has failed.
  virtual void device_failed() {}
};

}  // namespace nextline::lsp
