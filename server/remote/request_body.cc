#include "server/remote/request_body.h"

#include <boost/json.hpp>
#include <string_view>

#include "engine/tokenizer/utf8.h"

namespace nextline::remote {
namespace {

namespace json = boost::json;

/// A document may have halves of characters in it, and a file any bytes; JSON has neither.
std::string well_formed(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t good = well_formed_utf8_prefix(bytes);
    text.append(bytes.substr(0, good));
    bytes.remove_prefix(good);
    if (bytes.empty()) break;
    text.append("\uFFFD");
    bytes.remove_prefix(first_utf8_sequence(bytes).length);
  }
  return text;
}

/// How tokens are chosen, under the names that both protocols have.
void add_choice(json::object& body, Choice choice, const lsp::GenerationRequest& request) {
  if (request.variant > 0 && choice.temperature == 0) choice.temperature = kVariantTemperature;
  if (choice.temperature == 0) {
    body["temperature"] = 0;
    return;
  }
  body["temperature"] = choice.temperature;
  body["top_p"] = choice.top_p;
  body["seed"] = request.variant;
}

json::object completions_body(const RemoteServer& server, const Choice& choice,
                              const lsp::GenerationRequest& request) {
  const std::string context = lsp::context_text(request.context);
  json::object body;
  body["model"] = server.options.model;
  body["prompt"] = well_formed(prompt_of(server.prompt, {context, request.before, request.behind}));
  if (server.prompt.order == PromptTemplate::Order::kSuffix) {
    body["suffix"] = well_formed(request.behind);
  }
  body["max_tokens"] = request.max_tokens;
  add_choice(body, choice, request);
  body["stream"] = true;
  if (server.options.asks_probabilities) body["logprobs"] = 1;
  return body;
}

json::object infill_body(const RemoteServer& server, const Choice& choice,
                         const lsp::GenerationRequest& request) {
  json::object body;
  body["input_prefix"] = well_formed(request.before);
  body["input_suffix"] = well_formed(request.behind);
  json::array& extra = body["input_extra"].emplace_array();
  for (const lsp::ContextSnippet& snippet : request.context) {
    extra.push_back(
        json::object{{"filename", well_formed(snippet.path)}, {"text", well_formed(snippet.text)}});
  }
  body["prompt"] = "";
  if (!server.options.model.empty()) body["model"] = server.options.model;
  body["n_predict"] = request.max_tokens;
  add_choice(body, choice, request);
  // Code repeats itself.
  body["repeat_penalty"] = 1;
  body["cache_prompt"] = true;
  body["stream"] = true;
  if (server.options.asks_probabilities) body["n_probs"] = 1;
  return body;
}

}  // namespace

std::string request_body(const RemoteServer& server, const Choice& choice,
                         const lsp::GenerationRequest& request) {
  return json::serialize(server.options.protocol == Protocol::kInfill
                             ? infill_body(server, choice, request)
                             : completions_body(server, choice, request));
}

}  // namespace nextline::remote
