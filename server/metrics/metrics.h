#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <cstdint>
#include <string>

#include "lsp/completion/completion_host.h"
#include "lsp/completion/completion_observer.h"
#include "server/remote/remote_observer.h"

namespace nextline::server {

/// What a server has done since it began, and how things stand, for Prometheus to collect: counts,
/// times and sizes, nothing of any text. docs/metrics.md says what each figure is.
///
/// Any thread may call it. A completion costs it some microseconds.
class Metrics final : public lsp::CompletionObserver, public remote::RemoteObserver {
 public:
  explicit Metrics(const std::string& version);

  void asked() override;
  void answered(const lsp::Suggestion& suggestion, Source source) override;
  void failed() override;
  void lost(Loss loss) override;
  void completed(const Completion& completion, Purpose purpose) override;
  void encoded(std::uint32_t tokens, Purpose purpose) override;
  void device_failed() override;

  void request_sent() override;
  void request_retried() override;
  void request_failed() override;
  void request_cancelled() override;
  void answer_begun(double milliseconds) override;

  /// All figures, in Prometheus' text format, version 0.0.4.
  std::string text(const lsp::CompletionHost::Gauges& gauges);

  /// What an HTTP response that carries it is called.
  static constexpr const char* kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  static constexpr std::size_t kStages = 4;
  static constexpr std::size_t kTokenCounts = 7;

  /// What completions have taken that were made for one purpose.
  struct Completions {
    prometheus::Histogram* seconds;
    std::array<prometheus::Histogram*, kStages> stage_seconds;
    std::array<prometheus::Counter*, kTokenCounts> tokens;
  };
  Completions add_completions(const std::string& purpose);

  prometheus::Registry registry_;
  prometheus::Counter& requests_;
  prometheus::Counter& failures_;
  prometheus::Counter& superseded_;
  prometheus::Counter& cancelled_;
  prometheus::Counter& by_model_;
  prometheus::Counter& typed_along_;
  prometheus::Counter& prepared_;
  prometheus::Family<prometheus::Counter>& nothing_;
  prometheus::Counter& encoded_to_prepare_;
  prometheus::Counter& encoded_to_refresh_;
  prometheus::Counter& device_failures_;
  Completions for_requests_;
  Completions looked_ahead_;
  prometheus::Counter& remote_requests_;
  prometheus::Counter& remote_retries_;
  prometheus::Counter& remote_failures_;
  prometheus::Counter& remote_cancellations_;
  prometheus::Histogram& remote_first_piece_seconds_;
  prometheus::Gauge& clients_;
  prometheus::Gauge& documents_;
  prometheus::Gauge& cache_bytes_;
  prometheus::Gauge& model_loaded_;
  prometheus::Gauge& device_lost_;
  prometheus::Gauge& resident_bytes_;
};

}  // namespace nextline::server
