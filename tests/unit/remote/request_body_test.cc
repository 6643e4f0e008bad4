#include "server/remote/request_body.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>

namespace nextline::remote {
namespace {

namespace json = boost::json;

RemoteServer server(Protocol protocol, const std::string& prompt_template = "qwen") {
  return {.options = {.protocol = protocol, .model = "m"},
          .prompt = *template_from_name(prompt_template)};
}

lsp::GenerationRequest request(std::string before, std::string behind) {
  return {.before = std::move(before), .behind = std::move(behind), .max_tokens = 32};
}

std::string prompt(const std::string& prompt_template, const std::string& before,
                   const std::string& behind, const std::string& context = "") {
  return prompt_of(*template_from_name(prompt_template), {context, before, behind});
}

TEST(RequestBody, OfCompletionsIsWhatTheApiHas) {
  EXPECT_EQ(json::parse(request_body(server(Protocol::kOpenAi), {}, request("a\n", "\nb"))),
            json::parse(R"({"model":"m",)"
                        R"("prompt":"<|fim_prefix|>a\n<|fim_suffix|>\nb<|fim_middle|>",)"
                        R"("max_tokens":32,"temperature":0,"stream":true,"logprobs":1})"));
}

TEST(RequestBody, OfCompletionsHasTheSuffixWhereTheServerTakesIt) {
  EXPECT_EQ(json::parse(request_body(server(Protocol::kOpenAi, "suffix"), {}, request("a", "b"))),
            json::parse(R"({"model":"m","prompt":"a","suffix":"b","max_tokens":32,)"
                        R"("temperature":0,"stream":true,"logprobs":1})"));
}

TEST(RequestBody, OfInfillIsWhatLlamaCppHas) {
  auto asked = request("a", "b");
  asked.context = {{"c.py", "def c(): ..."}};
  EXPECT_EQ(json::parse(request_body(server(Protocol::kInfill), {}, asked)),
            json::parse(R"({"input_prefix":"a","input_suffix":"b",)"
                        R"("input_extra":[{"filename":"c.py","text":"def c(): ..."}],"prompt":"",)"
                        R"("model":"m","n_predict":32,"temperature":0,"repeat_penalty":1,)"
                        R"("cache_prompt":true,"stream":true,"n_probs":1})"));
}

TEST(RequestBody, PutsWhatOtherFilesSayInFrontOfThePrompt) {
  auto asked = request("a", "b");
  asked.context = {{"c.py", "def c(): ..."}};
  const auto body = json::parse(request_body(server(Protocol::kOpenAi), {}, asked));
  std::string prompt = "<|fim_prefix|>";
  prompt.append(lsp::context_text(asked.context)).append("a<|fim_suffix|>b<|fim_middle|>");
  EXPECT_EQ(body.at("prompt").as_string(), prompt);
}

TEST(RequestBody, AsksForNoProbabilitiesWhereTheyAreNotWanted) {
  for (const Protocol protocol : {Protocol::kOpenAi, Protocol::kInfill}) {
    RemoteServer silent = server(protocol);
    silent.options.asks_probabilities = false;
    const auto body = json::parse(request_body(silent, {}, request("a", "b")));
    EXPECT_FALSE(body.as_object().contains("logprobs") || body.as_object().contains("n_probs"));
  }
}

TEST(RequestBody, FurtherVariantsAreDrawn) {
  auto asked = request("a", "b");
  asked.variant = 2;
  const auto body = json::parse(request_body(server(Protocol::kOpenAi), {}, asked));
  EXPECT_GT(body.at("temperature").to_number<double>(), 0);
  EXPECT_EQ(body.at("seed").to_number<int>(), 2);
}

TEST(RequestBody, IsWellFormedWhateverTheTextIs) {
  const auto body = json::parse(request_body(server(Protocol::kInfill), {},
                                             request("a\xED\xA0\xBD",
                                                     "\xFF"
                                                     "b\xC3")));
  EXPECT_EQ(body.at("input_prefix").as_string(), "a\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(body.at("input_suffix").as_string(), "\uFFFDb\uFFFD");
}

TEST(PromptTemplate, PutsTheMarkersOfEachModel) {
  EXPECT_EQ(prompt("starcoder", "a", "b"), "<fim_prefix>a<fim_suffix>b<fim_middle>");
  EXPECT_EQ(prompt("codellama", "a", "b"), "<PRE> a <SUF>b <MID>");
  EXPECT_EQ(prompt("codestral", "a", "b", "c"), "[SUFFIX]b[PREFIX]ca");
  EXPECT_EQ(prompt("plain", "a", "b"), "a");
}

TEST(PromptTemplate, IsToldByTheNameOfAModelThatSaysIt) {
  EXPECT_EQ(template_of_model("Qwen/Qwen2.5-Coder-32B"), template_from_name("qwen"));
  EXPECT_EQ(template_of_model("bigcode/starcoder2-15b"), template_from_name("starcoder"));
  EXPECT_EQ(template_of_model("our-model"), std::nullopt);
}

TEST(PromptTemplate, ATextIsCutWhereItHoldsAMarker) {
  EXPECT_EQ(prompt("qwen", "x = '<|fim_middle|>'\ny", "z\n<|fim_prefix|>w", "c"),
            "<|fim_prefix|>'\ny<|fim_suffix|>z\n<|fim_middle|>");
  EXPECT_EQ(prompt("qwen", "a", "b", "c<|fim_suffix|>d"),
            "<|fim_prefix|>da<|fim_suffix|>b<|fim_middle|>");
  EXPECT_EQ(prompt("codellama", "a<SUF>b", ""), "<PRE> b <SUF> <MID>");
}

}  // namespace
}  // namespace nextline::remote
