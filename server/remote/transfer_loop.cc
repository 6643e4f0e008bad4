#include "server/remote/transfer_loop.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace nextline::remote {
namespace {

/// Nothing is waited for longer: what is due is looked at anew.
constexpr std::chrono::milliseconds kLongestPause{60'000};

/// Connections that are kept for the next request.
constexpr long kIdleConnections = 4;

}  // namespace

TransferLoop::TransferLoop() {
  static const CURLcode kReady = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(kReady);
  multi_.reset(curl_multi_init());
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, kIdleConnections);
  thread_ = std::thread([this] { run(); });
}

TransferLoop::~TransferLoop() {
  is_ending_ = true;
  wake();
  thread_.join();
}

void TransferLoop::add(std::shared_ptr<Transfer> transfer) {
  {
    const std::lock_guard lock(mutex_);
    new_.push_back(std::move(transfer));
  }
  wake();
}

void TransferLoop::wake() { curl_multi_wakeup(multi_.get()); }

void TransferLoop::run() {
  while (!is_ending_) {
    take_new();
    look_after_all();
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    take_ended();
    std::erase_if(transfers_, [](const auto& transfer) { return transfer->has_ended(); });
    curl_multi_poll(multi_.get(), nullptr, 0, pause(), nullptr);
  }
  for (const auto& transfer : transfers_) remove(*transfer);
  transfers_.clear();
}

void TransferLoop::take_new() {
  const std::lock_guard lock(mutex_);
  transfers_.insert(transfers_.end(), std::make_move_iterator(new_.begin()),
                    std::make_move_iterator(new_.end()));
  new_.clear();
}

void TransferLoop::look_after_all() {
  const auto now = Transfer::Clock::now();
  for (const auto& transfer : transfers_) {
    if (transfer->has_ended()) continue;
    if (transfer->is_cancelled()) {
      remove(*transfer);
      transfer->abandon();
    } else if (transfer->is_late(now)) {
      remove(*transfer);
      transfer->give_up();
    } else if (CURL* const begun = transfer->begin(now)) {
      curl_multi_add_handle(multi_.get(), begun);
    }
  }
}

void TransferLoop::take_ended() {
  int left = 0;
  while (const CURLMsg* const message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    char* owner = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
    auto& transfer = *reinterpret_cast<Transfer*>(owner);
    remove(transfer);
    transfer.finish(code);
  }
}

int TransferLoop::pause() const {
  auto wait = kLongestPause;
  const auto now = Transfer::Clock::now();
  for (const auto& transfer : transfers_) {
    const auto until = std::chrono::ceil<std::chrono::milliseconds>(transfer->due() - now);
    wait = std::clamp(until, std::chrono::milliseconds(0), wait);
  }
  return static_cast<int>(wait.count());
}

void TransferLoop::remove(const Transfer& transfer) {
  if (transfer.handle() != nullptr) curl_multi_remove_handle(multi_.get(), transfer.handle());
}

}  // namespace nextline::remote
