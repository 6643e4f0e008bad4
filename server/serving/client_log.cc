#include "server/serving/client_log.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <mutex>
#include <utility>

namespace nextline::server {

class ClientLog::Sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit Sink(Tell tell) : tell_(std::move(tell)) { set_level(spdlog::level::warn); }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const bool is_error = message.level >= spdlog::level::err;
    tell_(is_error ? lsp::MessageType::kError : lsp::MessageType::kWarning,
          std::string(message.payload.data(), message.payload.size()));
  }
  void flush_() override {}

  Tell tell_;
};

ClientLog::ClientLog(Tell tell) : sink_(std::make_shared<Sink>(std::move(tell))) {
  spdlog::default_logger()->sinks().push_back(sink_);
}

ClientLog::~ClientLog() { std::erase(spdlog::default_logger()->sinks(), sink_); }

}  // namespace nextline::server
