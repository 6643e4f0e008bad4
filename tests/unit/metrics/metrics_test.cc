#include "server/metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "server/metrics/reason_label.h"

namespace nextline::server {
namespace {

using lsp::SwitchedOff;
using lsp::Unasked;
using lsp::Unfit;
using testing::HasSubstr;
using testing::Not;
using Loss = lsp::CompletionObserver::Loss;
using Purpose = lsp::CompletionObserver::Purpose;
using Source = lsp::CompletionObserver::Source;

/// A line of the text.
auto Says(const std::string& line) { return HasSubstr("\n" + line + "\n"); }

Completion completion() {
  Completion made;
  made.timing = {
      .tokenize_ms = 0.5, .edit_ms = 0, .prefill_ms = 30, .decode_ms = 160, .total_ms = 190.5};
  made.tokens = {.prompt = 100,
                 .reused = 90,
                 .encoded = 10,
                 .generated = 8,
                 .drafted = 6,
                 .accepted = 4,
                 .passes = 5};
  return made;
}

class MetricsTest : public testing::Test {
 protected:
  std::string text() { return metrics_.text({}); }

  Metrics metrics_{"1.2.3"};
};

TEST_F(MetricsTest, SayHowThingsStand) {
  const std::string text = metrics_.text(
      {.clients = 2, .open_documents = 7, .cache_bytes = 12'345'678'901, .is_loaded = true});
  EXPECT_THAT(text, Says("nextline_clients 2"));
  EXPECT_THAT(text, Says("nextline_open_documents 7"));
  EXPECT_THAT(text, Says("nextline_cache_bytes 12345678901"));
  EXPECT_THAT(text, Says("nextline_model_loaded 1"));
  EXPECT_THAT(text, Says("nextline_build_info{version=\"1.2.3\"} 1"));
  EXPECT_THAT(text, HasSubstr("\nprocess_resident_memory_bytes "));
  EXPECT_THAT(text, Not(Says("process_resident_memory_bytes 0")));
  EXPECT_THAT(metrics_.text({}), Says("nextline_model_loaded 0"));
}

TEST_F(MetricsTest, TellOfADeviceThatHasFailed) {
  EXPECT_THAT(text(), Says("nextline_device_failures_total 0"));
  metrics_.device_failed();
  const std::string text = metrics_.text({.device_failure = "The device has failed."});
  EXPECT_THAT(text, Says("nextline_device_failures_total 1"));
  EXPECT_THAT(text, Says("nextline_device_lost 1"));
  EXPECT_THAT(metrics_.text({}), Says("nextline_device_lost 0"));
}

TEST_F(MetricsTest, CountRequestsAndWhatBecameOfThem) {
  for (int i = 0; i < 6; ++i) metrics_.asked();
  metrics_.answered({.text = "a"}, Source::kModel);
  metrics_.answered({.text = "a"}, Source::kTypedAlong);
  metrics_.answered({.text = "a"}, Source::kPrepared);
  metrics_.failed();
  metrics_.lost(Loss::kSuperseded);
  metrics_.lost(Loss::kCancelled);
  EXPECT_THAT(text(), Says("nextline_requests_total 6"));
  for (const char* const source : {"model", "typed_along", "prepared"}) {
    EXPECT_THAT(text(),
                Says("nextline_suggestions_total{source=\"" + std::string(source) + "\"} 1"));
  }
  EXPECT_THAT(text(), Says("nextline_failed_requests_total 1"));
  EXPECT_THAT(text(), Says("nextline_lost_requests_total{reason=\"superseded\"} 1"));
  EXPECT_THAT(text(), Says("nextline_lost_requests_total{reason=\"cancelled\"} 1"));
}

TEST_F(MetricsTest, CountAnswersWithoutASuggestionByTheReason) {
  metrics_.answered({.why_nothing = Unasked::kInComment}, Source::kModel);
  metrics_.answered({.why_nothing = Unasked::kInComment}, Source::kModel);
  metrics_.answered({.why_nothing = SwitchedOff::kLanguage}, Source::kNowhere);
  metrics_.answered({}, Source::kModel);
  EXPECT_THAT(text(), Says("nextline_empty_answers_total{reason=\"in_comment\"} 2"));
  EXPECT_THAT(text(), Says("nextline_empty_answers_total{reason=\"language_switched_off\"} 1"));
  EXPECT_THAT(text(), Says("nextline_empty_answers_total{reason=\"nothing_said\"} 1"));
  EXPECT_THAT(text(), Says("nextline_suggestions_total{source=\"model\"} 0"));
}

TEST_F(MetricsTest, KeepCompletionsAndThoseMadeAheadApart) {
  metrics_.completed(completion(), Purpose::kRequest);
  metrics_.completed(completion(), Purpose::kLookAhead);
  metrics_.completed(completion(), Purpose::kLookAhead);
  EXPECT_THAT(text(), Says("nextline_completion_duration_seconds_count{purpose=\"request\"} 1"));
  EXPECT_THAT(text(), Says("nextline_completion_duration_seconds_count{purpose=\"look_ahead\"} 2"));
  EXPECT_THAT(text(), Says("nextline_generated_tokens_total{purpose=\"request\"} 8"));
  EXPECT_THAT(text(), Says("nextline_generated_tokens_total{purpose=\"look_ahead\"} 16"));
  EXPECT_THAT(text(), Says("nextline_prompt_tokens_total{purpose=\"request\"} 100"));
  EXPECT_THAT(text(), Says("nextline_reused_tokens_total{purpose=\"request\"} 90"));
  EXPECT_THAT(text(), Says("nextline_encoded_tokens_total{purpose=\"request\"} 10"));
  EXPECT_THAT(text(), Says("nextline_drafted_tokens_total{purpose=\"request\"} 6"));
  EXPECT_THAT(text(), Says("nextline_accepted_tokens_total{purpose=\"request\"} 4"));
  EXPECT_THAT(text(), Says("nextline_passes_total{purpose=\"request\"} 5"));
}

TEST_F(MetricsTest, PutTimesIntoBucketsOfSeconds) {
  metrics_.completed(completion(), Purpose::kRequest);
  const auto bucket = [](const std::string& stage, const std::string& most, int count) {
    return "nextline_completion_stage_duration_seconds_bucket{purpose=\"request\",stage=\"" +
           stage + "\",le=\"" + most + "\"} " + std::to_string(count);
  };
  EXPECT_THAT(text(), Says(bucket("tokenize", "0.001", 1)));
  EXPECT_THAT(text(), Says(bucket("prefill", "0.02", 0)));
  EXPECT_THAT(text(), Says(bucket("prefill", "0.05", 1)));
  EXPECT_THAT(text(), Says(bucket("decode", "0.1", 0)));
  EXPECT_THAT(text(), Says(bucket("decode", "0.2", 1)));
  EXPECT_THAT(text(), Says(bucket("decode", "10", 1)));
  EXPECT_THAT(text(), Says(bucket("decode", "+Inf", 1)));
  EXPECT_THAT(text(), Says("nextline_completion_duration_seconds_sum{purpose=\"request\"} 0.1905"));
}

TEST_F(MetricsTest, CountWhatIsComputedWhileNobodyWaits) {
  metrics_.encoded(32, Purpose::kPreparation);
  metrics_.encoded(32, Purpose::kPreparation);
  metrics_.encoded(7, Purpose::kRefresh);
  EXPECT_THAT(text(), Says("nextline_background_tokens_total{purpose=\"preparation\"} 64"));
  EXPECT_THAT(text(), Says("nextline_background_tokens_total{purpose=\"refresh\"} 7"));
}

TEST_F(MetricsTest, CountWhatBecomesOfRequestsToAServerElsewhere) {
  metrics_.request_sent();
  metrics_.request_retried();
  metrics_.request_sent();
  metrics_.answer_begun(30);
  metrics_.request_sent();
  metrics_.request_failed();
  metrics_.request_cancelled();
  EXPECT_THAT(text(), Says("nextline_remote_requests_total 3"));
  EXPECT_THAT(text(), Says("nextline_remote_retries_total 1"));
  EXPECT_THAT(text(), Says("nextline_remote_failures_total 1"));
  EXPECT_THAT(text(), Says("nextline_remote_cancellations_total 1"));
  EXPECT_THAT(text(), Says("nextline_remote_first_piece_seconds_sum 0.03"));
  EXPECT_THAT(text(), Says("nextline_remote_first_piece_seconds_count 1"));
}

TEST_F(MetricsTest, LoseNoCountsOfSeveralThreads) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int n = 0; n < 1000; ++n) {
        metrics_.asked();
        metrics_.completed(completion(), Purpose::kRequest);
        metrics_.answered({.why_nothing = Unfit::kBlank}, Source::kModel);
        if (n % 100 == 0) metrics_.text({});
      }
    });
  }
  threads.clear();
  EXPECT_THAT(text(), Says("nextline_requests_total 4000"));
  EXPECT_THAT(text(), Says("nextline_completion_duration_seconds_count{purpose=\"request\"} 4000"));
  EXPECT_THAT(text(), Says("nextline_empty_answers_total{reason=\"blank\"} 4000"));
}

TEST(ReasonLabel, IsAnotherForEachReason) {
  std::set<std::string_view> labels;
  std::size_t reasons = 0;
  const auto add = [&](const lsp::WhyNothing& why) {
    ++reasons;
    labels.insert(reason_label(why));
  };
  for (int i = 0; i <= static_cast<int>(Unasked::kOnlyWhenAsked); ++i) {
    add(static_cast<Unasked>(i));
  }
  for (int i = 0; i <= static_cast<int>(Unfit::kRunsIntoRestOfLine); ++i) {
    add(static_cast<Unfit>(i));
  }
  add(SwitchedOff::kEverywhere);
  add(SwitchedOff::kLanguage);
  add(lsp::Unconfident{0.01, 0.05});
  add(lsp::Unavailable{"Nobody is there."});
  EXPECT_EQ(labels.size(), reasons);
  EXPECT_FALSE(labels.contains(""));
}

}  // namespace
}  // namespace nextline::server
