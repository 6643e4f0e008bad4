#include "server/metrics/reason_label.h"

namespace nextline::server {
namespace {

using lsp::SwitchedOff;
using lsp::Unasked;
using lsp::Unfit;

std::string_view label(Unasked why) {
  switch (why) {
    case Unasked::kAmidWord:
      return "amid_word";
    case Unasked::kInComment:
      return "in_comment";
    case Unasked::kInString:
      return "in_string";
    case Unasked::kBehindStatement:
      return "behind_statement";
    case Unasked::kSecret:
      return "secret";
    case Unasked::kIgnored:
      return "ignored";
    case Unasked::kOnlyWhenAsked:
      return "only_when_asked";
  }
  return "";
}

std::string_view label(Unfit why) {
  switch (why) {
    case Unfit::kBlank:
      return "blank";
    case Unfit::kUnwanted:
      return "unwanted";
    case Unfit::kRepeatsRestOfLine:
      return "repeats_rest_of_line";
    case Unfit::kRepeatsNextLine:
      return "repeats_next_line";
    case Unfit::kClosesNothing:
      return "closes_nothing";
    case Unfit::kRunsIntoRestOfLine:
      return "runs_into_rest_of_line";
  }
  return "";
}

std::string_view label(SwitchedOff why) {
  switch (why) {
    case SwitchedOff::kEverywhere:
      return "switched_off";
    case SwitchedOff::kLanguage:
      return "language_switched_off";
  }
  return "";
}

std::string_view label(const lsp::Unconfident& /*why*/) { return "unsure"; }

std::string_view label(const lsp::Unavailable& /*why*/) { return "unavailable"; }

}  // namespace

std::string_view reason_label(const lsp::WhyNothing& why) {
  return std::visit([](const auto& kind) { return label(kind); }, why);
}

}  // namespace nextline::server
