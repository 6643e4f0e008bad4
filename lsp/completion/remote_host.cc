#include "lsp/completion/remote_host.h"

#include <utility>

#include "lsp/completion/model_client.h"

namespace nextline::lsp {

RemoteHost::RemoteHost(TextGenerator& generator, const RemoteCompletionOptions& options,
                       CompletionObserver* observer)
    : generator_(generator), options_(options), observer_(observer) {}

RemoteHost::~RemoteHost() { scheduler_.end(); }

CompletionHost::Gauges RemoteHost::gauges() const {
  const std::lock_guard lock(mutex_);
  return {.clients = clients_.size(), .open_documents = open_documents()};
}

void RemoteHost::warn(const std::string& sentence) {
  const std::lock_guard lock(mutex_);
  for (ModelClient* const client : clients_) {
    client->post([client, sentence] { client->handlers_.warn(sentence); });
  }
}

void RemoteHost::attach(ModelClient& client) {
  const std::lock_guard lock(mutex_);
  clients_.push_back(&client);
  client.post([&client] { client.handlers_.model_has_come({}); });
}

void RemoteHost::detach(const ModelClient& client) {
  std::unique_ptr<RemoteCompleter> completer;
  {
    const std::lock_guard lock(mutex_);
    std::erase(clients_, &client);
    if (auto found = completers_.extract(client.id_)) completer = std::move(found.mapped());
  }
  // Without the lock: it waits for the generator, which may be about to tell of a failure.
  completer.reset();
}

void RemoteHost::make_completer(std::uint64_t client, const DocumentCompleter::Options& options) {
  auto made = std::make_unique<RemoteCompleter>(generator_, observer_ ? *observer_ : nobody_,
                                                options_, options);
  const std::lock_guard lock(mutex_);
  completers_[client] = std::move(made);
}

DocumentCompleter* RemoteHost::completer_of(std::uint64_t client) {
  const std::lock_guard lock(mutex_);
  const auto found = completers_.find(client);
  return found == completers_.end() ? nullptr : found->second.get();
}

}  // namespace nextline::lsp
