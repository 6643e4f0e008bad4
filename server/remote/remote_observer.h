#pragma once

namespace nextline::remote {

/// Hears what becomes of requests to a server elsewhere: for whoever counts and measures. It hears
/// of numbers, never of a text or an address.
///
/// Called on the generator's thread; what it does must take microseconds, and must not call back.
class RemoteObserver {
 public:
  virtual ~RemoteObserver() = default;

  /// A request is sent: one that is sent again counts again.
  virtual void request_sent() {}
  /// It is to be sent again.
  virtual void request_retried() {}
  /// It has failed for good.
  virtual void request_failed() {}
  /// Nobody waits any more, and its connection is closed; one that was not sent yet never is.
  virtual void request_cancelled() {}
  /// The first piece of its answer has come, so long after it was sent.
  virtual void answer_begun(double /*milliseconds*/) {}
};

}  // namespace nextline::remote
