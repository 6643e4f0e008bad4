#include "lsp/cache_requests.h"

#include <algorithm>
#include <utility>

namespace nextline::lsp {

void CacheRequests::ask(const RequestId& request, DocumentId id, std::uint64_t after) {
  Document& document = documents_[id];
  if (document.waiting) answer_(*document.waiting, nullptr);
  document.waiting = request;
  document.after = after;
  answer_if_newer(document);
}

void CacheRequests::take(DocumentId id, CacheReport report) {
  const auto found = documents_.find(id);
  if (found == documents_.end()) return;
  report.number = ++found->second.number;
  found->second.newest = std::move(report);
  answer_if_newer(found->second);
}

void CacheRequests::answer_if_newer(Document& document) {
  if (!document.waiting || !document.newest || document.newest->number <= document.after) return;
  document.seen->store(document.newest->state.encoded);
  answer_(*std::exchange(document.waiting, std::nullopt), to_json(*document.newest));
}

bool CacheRequests::contains(const RequestId& request) const {
  return std::ranges::any_of(documents_,
                             [&](const auto& entry) { return entry.second.waiting == request; });
}

bool CacheRequests::cancel(const RequestId& request) {
  for (auto& [id, document] : documents_) {
    if (document.waiting != request) continue;
    document.waiting.reset();
    return true;
  }
  return false;
}

void CacheRequests::close(DocumentId id) {
  const auto found = documents_.find(id);
  if (found == documents_.end()) return;
  if (found->second.waiting) answer_(*found->second.waiting, nullptr);
  documents_.erase(found);
}

std::vector<RequestId> CacheRequests::give_up() {
  std::vector<RequestId> waiting;
  for (const auto& [id, document] : std::exchange(documents_, {})) {
    if (document.waiting) waiting.push_back(*document.waiting);
  }
  return waiting;
}

}  // namespace nextline::lsp
