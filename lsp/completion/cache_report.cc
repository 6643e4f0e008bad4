#include "lsp/completion/cache_report.h"

#include <boost/json/array.hpp>
#include <cmath>
#include <string_view>

namespace nextline::lsp {
namespace {

namespace json = boost::json;

std::string_view name_of(PromptPart part) {
  switch (part) {
    case PromptPart::kSink:
      return "sink";
    case PromptPart::kPreamble:
      return "preamble";
    case PromptPart::kMarker:
      return "marker";
    case PromptPart::kBefore:
      return "before";
    case PromptPart::kBehind:
      return "behind";
  }
  return "";
}

std::string_view name_of(TokenState state) {
  switch (state) {
    case TokenState::kMissing:
      return "missing";
    case TokenState::kExact:
      return "exact";
    case TokenState::kOutdated:
      return "stale";
  }
  return "";
}

/// To what a clock can tell.
double to_thousandth(double value) { return std::round(value * 1000) / 1000; }

json::object to_json(const EncodedTokens& encoded) {
  return {{"tokens", encoded.tokens}, {"ms", to_thousandth(encoded.milliseconds)}};
}

json::object to_json(const CacheSpan& span) {
  json::object object = {
      {"tokens", span.tokens}, {"part", name_of(span.part)}, {"state", name_of(span.state)}};
  if (span.shift != 0) object["shift"] = span.shift;
  if (span.is_new) object["isNew"] = true;
  return object;
}

}  // namespace

json::object to_json(const CacheReport& report) {
  json::array spans;
  std::uint32_t prompt = 0;
  for (const CacheSpan& span : report.state.spans) {
    prompt += span.tokens;
    spans.push_back(to_json(span));
  }
  return {{"number", report.number},
          {"updates", report.updates},
          {"spliceUs", to_thousandth(report.state.splice_us)},
          {"encoded",
           {{"opening", to_json(report.opening)},
            {"changes", to_json(report.changes)},
            {"refresh", to_json(report.refresh)}}},
          {"prompt", prompt},
          {"pieces", report.state.pieces},
          {"spans", std::move(spans)},
          {"memory",
           {{"slots", report.state.slots},
            {"slotsInUse", report.state.slots_in_use},
            {"bytes", report.state.bytes}}}};
}

}  // namespace nextline::lsp
