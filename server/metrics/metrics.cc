#include "server/metrics/metrics.h"

#include <prometheus/text_serializer.h>

#include "server/metrics/reason_label.h"
#include "server/metrics/resident_memory.h"

namespace nextline::server {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Registry;

/// From what nobody notices to what nobody waits for, in seconds.
const Histogram::BucketBoundaries kSeconds = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1,
                                              0.2,   0.5,   1,     2,    5,    10};

struct Stage {
  const char* label;
  double CompletionTiming::*milliseconds;
};
constexpr std::array kStageTable = {
    Stage{"tokenize", &CompletionTiming::tokenize_ms},
    Stage{"edit", &CompletionTiming::edit_ms},
    Stage{"prefill", &CompletionTiming::prefill_ms},
    Stage{"decode", &CompletionTiming::decode_ms},
};

struct TokenCount {
  const char* name;
  const char* help;
  std::uint32_t CompletionTokens::*count;
};
constexpr std::array kTokenTable = {
    TokenCount{"nextline_prompt_tokens_total", "Tokens of the prompts of completions.",
               &CompletionTokens::prompt},
    TokenCount{"nextline_reused_tokens_total",
               "Tokens of the prompts that were cached since the completion before.",
               &CompletionTokens::reused},
    TokenCount{
        "nextline_encoded_tokens_total",
        "Tokens of the prompts that were computed since the completion before, whatever for.",
        &CompletionTokens::encoded},
    TokenCount{"nextline_generated_tokens_total", "Tokens that were generated.",
               &CompletionTokens::generated},
    TokenCount{"nextline_drafted_tokens_total",
               "Tokens that were computed because they might have been generated.",
               &CompletionTokens::drafted},
    TokenCount{"nextline_accepted_tokens_total",
               "Of the drafted tokens, those that were generated.", &CompletionTokens::accepted},
    TokenCount{"nextline_passes_total", "Passes of the model that completions took.",
               &CompletionTokens::passes},
};

Family<Counter>& counters(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Family<Histogram>& histograms(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

Gauge& gauge(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

// Families that have several members; registered anew, a family is the one that there is.

Counter& loss(Registry& registry, const char* reason) {
  return counters(registry, "nextline_lost_requests_total",
                  "Requests that got no suggestion because they were superseded, by a change or "
                  "another place, or cancelled.")
      .Add({{"reason", reason}});
}

Counter& suggestions(Registry& registry, const char* source) {
  return counters(registry, "nextline_suggestions_total",
                  "Answers with a suggestion: made for the request, the rest of one that was typed "
                  "along with, or prepared before.")
      .Add({{"source", source}});
}

Counter& background(Registry& registry, const char* purpose) {
  return counters(registry, "nextline_background_tokens_total",
                  "Tokens of prompts that were computed while nobody waited: what changes brought, "
                  "or what edits had left stale.")
      .Add({{"purpose", purpose}});
}

void increment(Counter& counter, std::uint64_t count) {
  counter.Increment(static_cast<double>(count));
}

}  // namespace

Metrics::Metrics(const std::string& version)
    : requests_(
          counters(registry_, "nextline_requests_total", "Requests for a completion.").Add({})),
      failures_(counters(registry_, "nextline_failed_requests_total",
                         "Requests that were answered by an error.")
                    .Add({})),
      superseded_(loss(registry_, "superseded")),
      cancelled_(loss(registry_, "cancelled")),
      by_model_(suggestions(registry_, "model")),
      typed_along_(suggestions(registry_, "typed_along")),
      prepared_(suggestions(registry_, "prepared")),
      nothing_(counters(registry_, "nextline_empty_answers_total",
                        "Answers without a suggestion, by the reason.")),
      encoded_to_prepare_(background(registry_, "preparation")),
      encoded_to_refresh_(background(registry_, "refresh")),
      device_failures_(counters(registry_, "nextline_device_failures_total",
                                "Failures of the device that computed the model.")
                           .Add({})),
      for_requests_(add_completions("request")),
      looked_ahead_(add_completions("look_ahead")),
      remote_requests_(counters(registry_, "nextline_remote_requests_total",
                                "Requests sent to the remote engine, those sent again included.")
                           .Add({})),
      remote_retries_(counters(registry_, "nextline_remote_retries_total",
                               "Of these, those that were sent again.")
                          .Add({})),
      remote_failures_(counters(registry_, "nextline_remote_failures_total",
                                "Requests that the remote engine did not answer.")
                           .Add({})),
      remote_cancellations_(counters(registry_, "nextline_remote_cancellations_total",
                                     "Requests to the remote engine that nobody waited for any "
                                     "more, some before they were sent.")
                                .Add({})),
      remote_first_piece_seconds_(histograms(registry_, "nextline_remote_first_piece_seconds",
                                             "How long the remote engine took to begin its answer.")
                                      .Add({}, kSeconds)),
      clients_(gauge(registry_, "nextline_clients", "Clients that are connected.")),
      documents_(gauge(registry_, "nextline_open_documents", "Documents that they have open.")),
      cache_bytes_(gauge(registry_, "nextline_cache_bytes", "Memory of the documents' caches.")),
      model_loaded_(gauge(registry_, "nextline_model_loaded", "1 if the model is loaded, else 0.")),
      device_lost_(gauge(registry_, "nextline_device_lost",
                         "1 if the CPU computes because the model's device has failed, else 0.")),
      resident_bytes_(gauge(registry_, "process_resident_memory_bytes",
                            "Memory that the process has resident, the model's included.")) {
  static_assert(kStageTable.size() == kStages && kTokenTable.size() == kTokenCounts);
  prometheus::BuildGauge()
      .Name("nextline_build_info")
      .Help("1; its label says which version of Nextline this is.")
      .Register(registry_)
      .Add({{"version", version}})
      .Set(1);
}

Metrics::Completions Metrics::add_completions(const std::string& purpose) {
  Completions added{};
  added.seconds = &histograms(registry_, "nextline_completion_duration_seconds",
                              "How long the model took for a completion, for a request or made "
                              "ahead of one.")
                       .Add({{"purpose", purpose}}, kSeconds);
  auto& stages = histograms(registry_, "nextline_completion_stage_duration_seconds",
                            "How long each stage took; of the prompt, also what was done when the "
                            "text changed.");
  for (std::size_t i = 0; i < kStages; ++i) {
    added.stage_seconds[i] =
        &stages.Add({{"purpose", purpose}, {"stage", kStageTable[i].label}}, kSeconds);
  }
  for (std::size_t i = 0; i < kTokenCounts; ++i) {
    added.tokens[i] =
        &counters(registry_, kTokenTable[i].name, kTokenTable[i].help).Add({{"purpose", purpose}});
  }
  return added;
}

void Metrics::asked() { requests_.Increment(); }

void Metrics::failed() { failures_.Increment(); }

void Metrics::lost(Loss loss) {
  (loss == Loss::kSuperseded ? superseded_ : cancelled_).Increment();
}

void Metrics::answered(const lsp::Suggestion& suggestion, Source source) {
  if (suggestion.text.empty()) {
    const auto& why = suggestion.why_nothing;
    nothing_.Add({{"reason", std::string(why ? reason_label(*why) : "nothing_said")}}).Increment();
    return;
  }
  switch (source) {
    case Source::kModel:
      return by_model_.Increment();
    case Source::kTypedAlong:
      return typed_along_.Increment();
    case Source::kPrepared:
      return prepared_.Increment();
    case Source::kNowhere:
      return;  // Such an answer has no text.
  }
}

void Metrics::completed(const Completion& completion, Purpose purpose) {
  const Completions& made = purpose == Purpose::kLookAhead ? looked_ahead_ : for_requests_;
  made.seconds->Observe(completion.timing.total_ms / 1000);
  for (std::size_t i = 0; i < kStages; ++i) {
    made.stage_seconds[i]->Observe(completion.timing.*kStageTable[i].milliseconds / 1000);
  }
  for (std::size_t i = 0; i < kTokenCounts; ++i) {
    increment(*made.tokens[i], completion.tokens.*kTokenTable[i].count);
  }
}

void Metrics::encoded(std::uint32_t tokens, Purpose purpose) {
  increment(purpose == Purpose::kRefresh ? encoded_to_refresh_ : encoded_to_prepare_, tokens);
}

void Metrics::device_failed() { device_failures_.Increment(); }

void Metrics::request_sent() { remote_requests_.Increment(); }

void Metrics::request_retried() { remote_retries_.Increment(); }

void Metrics::request_failed() { remote_failures_.Increment(); }

void Metrics::request_cancelled() { remote_cancellations_.Increment(); }

void Metrics::answer_begun(double milliseconds) {
  remote_first_piece_seconds_.Observe(milliseconds / 1000);
}

std::string Metrics::text(const lsp::CompletionHost::Gauges& gauges) {
  clients_.Set(static_cast<double>(gauges.clients));
  documents_.Set(static_cast<double>(gauges.open_documents));
  cache_bytes_.Set(static_cast<double>(gauges.cache_bytes));
  model_loaded_.Set(gauges.is_loaded ? 1 : 0);
  device_lost_.Set(gauges.device_failure.empty() ? 0 : 1);
  resident_bytes_.Set(static_cast<double>(resident_memory_bytes()));
  return prometheus::TextSerializer().Serialize(registry_.Collect());
}

}  // namespace nextline::server
