#pragma once

#include <curl/curl.h>

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "server/remote/transfer.h"

namespace nextline::remote {

/// The thread that carries transfers: it sleeps until one has news, is due, or is cancelled.
class TransferLoop {
 public:
  TransferLoop();
  TransferLoop(const TransferLoop&) = delete;
  TransferLoop& operator=(const TransferLoop&) = delete;
  /// Drops what is under way.
  ~TransferLoop();

  /// Any thread, as the next one.
  void add(std::shared_ptr<Transfer> transfer);
  /// Something has been cancelled.
  void wake();

 private:
  struct Closer {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  void run();
  void take_new();
  void look_after_all();
  void take_ended();
  /// Milliseconds for which there is nothing to do but to wait for news.
  int pause() const;
  void remove(const Transfer& transfer);

  std::unique_ptr<CURLM, Closer> multi_;
  std::atomic<bool> is_ending_ = false;

  std::mutex mutex_;  // Guards the new ones.
  std::vector<std::shared_ptr<Transfer>> new_;

  std::list<std::shared_ptr<Transfer>> transfers_;  // The thread's.
  std::thread thread_;
};

}  // namespace nextline::remote
