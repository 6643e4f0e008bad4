#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "lsp/completion/completion_host.h"
#include "lsp/completion/completion_service.h"
#include "lsp/documents/document_room.h"
#include "lsp/language_server.h"
#include "lsp/protocol/framing.h"
#include "lsp/protocol/types.h"
#include "lsp/statistics/statistics_store.h"
#include "server/later_calls.h"
#include "server/serving/client_options.h"
#include "server/transport/message_channel.h"

namespace nextline::server {

/// One client while it is served: what it says goes to a language server of its own, which answers.
/// Belongs to the thread of the io_context, which is the thread of all clients.
class ServedClient {
 public:
  /// What all clients share; must outlive them.
  struct Shared {
    boost::asio::io_context& context;
    lsp::CompletionHost& host;
    lsp::StatisticsStore* statistics;  ///< Null if none are kept.
    lsp::DocumentRoom documents;       ///< The one room of all.
  };
  /// Called once, from within one of the client's own calls: it is to be destroyed soon, but not
  /// yet. Orderly: it had said `shutdown`.
  using OnEnd = std::function<void(bool is_orderly)>;

  /// Takes a channel that has been started, or starts it with `start`.
  ServedClient(const Shared& shared, const ClientOptions& options,
               std::shared_ptr<MessageChannel> channel, OnEnd on_end);
  ServedClient(const ServedClient&) = delete;
  ServedClient& operator=(const ServedClient&) = delete;
  /// Closes the channel; what was said is still carried.
  ~ServedClient();

  /// Begins to read a channel that nobody has read of yet.
  void start();
  /// Takes over a channel that is being read.
  void take_over();

  void receive(const lsp::MessageReader::Outcome& message);
  /// Has it log something (`window/logMessage`).
  void log(lsp::MessageType type, const std::string& message);

 private:
  lsp::Feedback::Options feedback_options(lsp::StatisticsStore* statistics);
  void end(bool is_orderly);
  void channel_ended(const std::string& why);

  std::shared_ptr<MessageChannel> channel_;
  OnEnd on_end_;
  LaterCalls later_calls_;
  lsp::CompletionService service_;
  lsp::LanguageServer language_server_;
};

}  // namespace nextline::server
