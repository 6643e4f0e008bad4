#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "lsp/completion/cache_watch.h"
#include "lsp/completion/session_cache.h"
#include "lsp/protocol/message.h"

namespace nextline::lsp {

/// The requests `nextline/cache`, with which a client follows what becomes of a document's cache:
/// each is answered by the next report that is newer than what the client has, so that the client
/// gets reports as fast as it can show them and no faster.
///
/// Belongs to the client's thread.
class CacheRequests {
 public:
  using Answer = std::function<void(const RequestId&, boost::json::value)>;

  /// Of so many documents a client may follow the caches.
  static constexpr std::size_t kMostDocuments = 64;

  explicit CacheRequests(Answer answer) : answer_(std::move(answer)) {}
  CacheRequests(const CacheRequests&) = delete;
  CacheRequests& operator=(const CacheRequests&) = delete;

  /// Answers the request once there is a report with a greater number. A request of the same
  /// document that waits is answered by null: whoever asks again has no use for it.
  void ask(const RequestId& request, DocumentId document, std::uint64_t after);
  /// Takes a report of a document that has been asked for, and numbers it; of others, none.
  void take(DocumentId document, CacheReport report);

  bool is_asked_for(DocumentId document) const { return documents_.contains(document); }
  /// Of how many documents the caches are followed.
  std::size_t documents() const { return documents_.size(); }
  /// What a viewer of the document says that it has seen. The document must have been asked for.
  std::shared_ptr<const std::atomic<std::uint32_t>> seen(DocumentId document) const {
    return documents_.at(document).seen;
  }

  /// Whether the request waits for its answer.
  bool contains(const RequestId& request) const;
  /// Forgets a request without an answer; says whether it was there.
  bool cancel(const RequestId& request);
  /// The document is no more: a request that waits for it is answered by null.
  void close(DocumentId document);
  /// Forgets all; the requests that waited are the caller's to answer.
  std::vector<RequestId> give_up();

 private:
  struct Document {
    std::optional<CacheReport> newest = std::nullopt;
    std::optional<RequestId> waiting = std::nullopt;
    std::uint64_t after = 0;   // What it waits for is newer than this.
    std::uint64_t number = 0;  // Of the newest.
    std::shared_ptr<std::atomic<std::uint32_t>> seen =
        std::make_shared<std::atomic<std::uint32_t>>(0);
  };

  void answer_if_newer(Document& document);

  Answer answer_;
  std::map<DocumentId, Document> documents_;
};

}  // namespace nextline::lsp
