#include "server/remote/answer_chunk.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "engine/tokenizer/utf8.h"

namespace nextline::remote {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestSentence = 200;

/// Logarithms of probabilities that are 1 may be told as a little more than 0 …
constexpr double kRounding = 1e-3;
/// … and those of 0 as anything.
constexpr double kLeast = -1e6;

const json::value* member(const json::value& value, std::string_view name) {
  const json::object* const object = value.if_object();
  return object ? object->if_contains(name) : nullptr;
}

std::string_view text_of(const json::value* value) {
  const json::string* const text = value ? value->if_string() : nullptr;
  return text ? std::string_view(*text) : std::string_view();
}

/// Nothing if it is none, or no logarithm of a probability.
std::optional<float> log_probability_of(const json::value* value) {
  if (!value || !value->is_number()) return std::nullopt;
  const double number = value->to_number<double>();
  if (std::isnan(number) || number > kRounding) return std::nullopt;
  return static_cast<float>(std::clamp(number, kLeast, 0.0));
}

/// Tokens as llama.cpp's server tells them: {"token", "logprob", …}. One that cannot be read makes
/// all of them worthless.
std::vector<lsp::PieceToken> tokens_of_list(const json::value* list) {
  const json::array* const array = list ? list->if_array() : nullptr;
  std::vector<lsp::PieceToken> tokens;
  if (!array) return tokens;
  for (const json::value& token : *array) {
    const auto log_probability = log_probability_of(member(token, "logprob"));
    if (!log_probability) return {};
    const json::value* const bytes = member(token, "bytes");
    const bool has_bytes = bytes && bytes->is_array() && !bytes->get_array().empty();
    tokens.push_back(
        {has_bytes ? bytes->get_array().size() : text_of(member(token, "token")).size(),
         *log_probability});
  }
  return tokens;
}

/// As the completions of OpenAI's API have them: {"tokens": […], "token_logprobs": […]}.
std::vector<lsp::PieceToken> tokens_of_columns(const json::value& columns) {
  const json::value* const texts = member(columns, "tokens");
  const json::value* const numbers = member(columns, "token_logprobs");
  std::vector<lsp::PieceToken> tokens;
  if (!texts || !numbers || !texts->is_array() || !numbers->is_array()) return tokens;
  const json::array& text_list = texts->get_array();
  const json::array& number_list = numbers->get_array();
  if (text_list.size() != number_list.size()) return tokens;
  for (std::size_t i = 0; i < text_list.size(); ++i) {
    const auto log_probability = log_probability_of(&number_list[i]);
    if (!log_probability) return {};
    tokens.push_back({text_of(&text_list[i]).size(), *log_probability});
  }
  return tokens;
}

Result<AnswerChunk> read_completions(const json::value& value) {
  AnswerChunk chunk;
  const json::value* const choices = member(value, "choices");
  const json::array* const list = choices ? choices->if_array() : nullptr;
  if (!list) return failure("The answer has no choices.");
  if (list->empty()) return chunk;  // What has been used so far, for one.
  const json::value& choice = list->front();
  chunk.text = text_of(member(choice, "text"));
  if (const json::value* const likely = member(choice, "logprobs"); likely && likely->is_object()) {
    const json::value* const content = member(*likely, "content");
    chunk.tokens = content ? tokens_of_list(content) : tokens_of_columns(*likely);
  }
  const std::string_view reason = text_of(member(choice, "finish_reason"));
  if (reason == "length") {
    chunk.end = FinishReason::kTokenLimit;
  } else if (!reason.empty()) {
    chunk.end = FinishReason::kEndOfText;
  }
  return chunk;
}

Result<AnswerChunk> read_infill(const json::value& value) {
  AnswerChunk chunk;
  const json::value* const content = member(value, "content");
  if (!content || !content->is_string()) return failure("The answer has no content.");
  chunk.text = text_of(content);
  chunk.tokens = tokens_of_list(member(value, "completion_probabilities"));
  const json::value* const stop = member(value, "stop");
  if (!stop || !stop->is_bool() || !stop->get_bool()) return chunk;
  const json::value* const by_limit = member(value, "stopped_limit");  // Of older servers.
  const bool was_cut = text_of(member(value, "stop_type")) == "limit" ||
                       (by_limit && by_limit->is_bool() && by_limit->get_bool());
  chunk.end = was_cut ? FinishReason::kTokenLimit : FinishReason::kEndOfText;
  return chunk;
}

std::string sentence_of(const json::value& error) {
  std::string_view said = text_of(&error);
  if (said.empty()) said = text_of(member(error, "message"));
  if (said.empty()) said = text_of(member(error, "detail"));
  if (said.size() > kLongestSentence) {
    said = said.substr(0, well_formed_utf8_prefix(said.substr(0, kLongestSentence)));
  }
  std::string sentence;
  for (const char byte : said) {
    if (static_cast<unsigned char>(byte) < ' ' || byte == '\x7f') {
      sentence += ' ';
    } else {
      sentence += byte;
    }
  }
  while (sentence.ends_with(' ') || sentence.ends_with('.')) sentence.pop_back();
  return sentence;
}

}  // namespace

Result<AnswerChunk> read_chunk(Protocol protocol, std::string_view text) {
  boost::system::error_code problem;
  const json::value value = json::parse(text, problem);
  if (problem) return failure("The answer is no JSON.", problem.message());
  if (const json::value* const error = member(value, "error"); error && !error->is_null()) {
    const std::string said = sentence_of(*error);
    return failure("It says that it failed" + (said.empty() ? "." : ": " + said + "."));
  }
  return protocol == Protocol::kInfill ? read_infill(value) : read_completions(value);
}

std::string error_sentence(std::string_view text) {
  boost::system::error_code problem;
  const json::value value = json::parse(text, problem);
  if (problem) return "";
  const json::value* const error = member(value, "error");
  return sentence_of(error ? *error : value);
}

}  // namespace nextline::remote
