#include "server/remote/remote_generator.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <optional>
#include <utility>

#include "server/remote/transfer.h"
#include "server/remote/transfer_loop.h"

namespace nextline::remote {
namespace {

/// A transfer in the hands of whoever asked for it.
class OwnedTransfer final : public lsp::Generation {
 public:
  OwnedTransfer(std::shared_ptr<Transfer> transfer, TransferLoop& loop, const std::stop_token& stop)
      : transfer_(std::move(transfer)), loop_(loop) {
    // Begins last: it is called at once where the stop has been requested already.
    when_stopped_.emplace(stop, Cancel{this});
  }
  ~OwnedTransfer() override {
    when_stopped_.reset();
    cancel();
    transfer_->wait_for_sink();
  }

 private:
  struct Cancel {
    OwnedTransfer* owned;
    void operator()() const { owned->cancel(); }
  };

  void cancel() {
    transfer_->cancel();
    loop_.wake();
  }

  std::shared_ptr<Transfer> transfer_;
  TransferLoop& loop_;
  std::optional<std::stop_callback<Cancel>> when_stopped_;
};

}  // namespace

RemoteGenerator::RemoteGenerator(RemoteServer server, Choice choice, Warn warn,
                                 RemoteObserver* observer)
    : server_(std::move(server)),
      choice_(choice),
      warn_(std::move(warn)),
      observer_(observer ? *observer : nobody_),
      loop_(std::make_unique<TransferLoop>()) {}

RemoteGenerator::~RemoteGenerator() = default;

std::unique_ptr<lsp::Generation> RemoteGenerator::generate(lsp::GenerationRequest request,
                                                           std::shared_ptr<lsp::TextSink> sink,
                                                           const std::stop_token& stop) {
  auto transfer = std::make_shared<Transfer>(*this, request_body(server_, choice_, request),
                                             request.not_before, std::move(sink));
  auto owned = std::make_unique<OwnedTransfer>(transfer, *loop_, stop);
  loop_->add(std::move(transfer));
  return owned;
}

RemoteGenerator::Health RemoteGenerator::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

std::string RemoteGenerator::reason_to_wait() const {
  if (!rest_.lasts(Transfer::Clock::now())) return "";
  return health().failure;
}

void RemoteGenerator::server_has_answered() {
  rest_.end();
  if (std::exchange(has_told_, false)) {
    spdlog::info("The remote engine at {} answers again.", server_.address);
  }
  const std::lock_guard lock(mutex_);
  health_ = {.state = Health::State::kAnswers};
}

std::string RemoteGenerator::server_has_failed(const FailedAttempt& failed, const std::string& what,
                                               const std::string& cause) {
  std::string sentence = fmt::format("The remote engine at {} {}", server_.address, what);
  observer_.request_failed();
  rest_.begin(Transfer::Clock::now(), failed);
  {
    const std::lock_guard lock(mutex_);
    health_ = {Health::State::kFails, sentence};
  }
  spdlog::debug("{}{}{}", sentence, cause.empty() ? "" : " ", cause);
  if (!std::exchange(has_told_, true)) {
    spdlog::warn("{}", sentence);
    if (warn_) warn_(sentence + " Nothing is suggested until it answers.");
  }
  return sentence;
}

}  // namespace nextline::remote
