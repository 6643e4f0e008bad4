#include "lsp/completion/session_cache.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace nextline::lsp {

Session* SessionCache::find(DocumentId document) {
  const auto entry = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& one) { return one.document == document; });
  if (entry == entries_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, entry);
  return &entries_.front().session;
}

Session& SessionCache::insert(DocumentId document, Session session, SessionOwner& owner) {
  assert(std::none_of(entries_.begin(), entries_.end(),
                      [&](const Entry& one) { return one.document == document; }));
  entries_.push_front({document, std::move(session), owner});
  return entries_.front().session;
}

void SessionCache::erase(DocumentId document) {
  entries_.remove_if([&](const Entry& one) { return one.document == document; });
}

void SessionCache::make_room(std::uint32_t refresh_rows) {
  const auto is_full = [&] {
    return bytes() + entries_.front().session.growth_bytes(refresh_rows) > byte_budget_;
  };
  while (entries_.size() > 1 && is_full()) {
    Entry& used_least_recently = entries_.back();
    used_least_recently.owner.give_way(used_least_recently.document, used_least_recently.session);
    entries_.pop_back();
  }
}

std::vector<DocumentId> SessionCache::documents() const {
  std::vector<DocumentId> documents;
  for (const Entry& entry : entries_) documents.push_back(entry.document);
  return documents;
}

std::size_t SessionCache::bytes() const {
  std::size_t bytes = 0;
  for (const Entry& entry : entries_) bytes += entry.session.cache_bytes();
  return bytes;
}

}  // namespace nextline::lsp
