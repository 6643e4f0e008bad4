#include "lsp/completion/cache_watch.h"

#include <utility>

namespace nextline::lsp {

void CacheWatch::take_update(const Session& session) {
  ++sums_.updates;
  is_opening_ = session.is_opening();
  show(session);
}

void CacheWatch::take_pass(const Session& session, bool in_pause) {
  if (session.encoded_tokens() < encoded_) {
    // Another session: the one before had to give way.
    encoded_ = 0;
    encoding_ms_ = 0;
    is_opening_ = true;
  }
  EncodedTokens& sum = is_opening_ ? sums_.opening : in_pause ? sums_.refresh : sums_.changes;
  sum.tokens += session.encoded_tokens() - encoded_;
  sum.milliseconds += session.encoding_ms() - encoding_ms_;
  encoded_ = session.encoded_tokens();
  encoding_ms_ = session.encoding_ms();
  is_opening_ = session.is_opening();
  show(session);
}

void CacheWatch::show(const Session& session) {
  const std::uint32_t seen = viewer_.seen->load();
  CacheReport report = sums_;
  // What was seen of a session that is gone says nothing about this one.
  report.state = session.cache_state(seen > session.encoded_tokens() ? 0 : seen);
  viewer_.show(std::move(report));
}

}  // namespace nextline::lsp
