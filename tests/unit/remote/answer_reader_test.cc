#include "server/remote/answer_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nextline::remote {
namespace {

using lsp::PieceToken;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

AnswerChunk chunk(Protocol protocol, const std::string& json) {
  const auto read = read_chunk(protocol, json);
  if (!read) ADD_FAILURE() << read.error().message;
  return read.value_or(AnswerChunk{});
}

std::string problem(Protocol protocol, const std::string& json) {
  const auto read = read_chunk(protocol, json);
  return read ? "none" : read.error().message;
}

TEST(AnswerChunk, OfCompletionsHasTextTokensAndEnd) {
  const AnswerChunk read =
      chunk(Protocol::kOpenAi,
            R"({"choices":[{"text":"ab","logprobs":{"tokens":["a","b"],"token_logprobs":[-0.5,-1],)"
            R"("top_logprobs":[{"a":-0.5},null],"text_offset":[0,1]},"finish_reason":null}]})");
  EXPECT_EQ(read, (AnswerChunk{"ab", {{1, -0.5F}, {1, -1.0F}}, std::nullopt}));
}

TEST(AnswerChunk, OfCompletionsByLlamaCppHasATokenAnObject) {
  const AnswerChunk read =
      chunk(Protocol::kOpenAi,
            R"({"choices":[{"text":"é","logprobs":{"content":[{"id":1,"token":"é",)"
            R"("bytes":[195,169],"logprob":-0.25,"top_logprobs":[]}]},"finish_reason":null}]})");
  EXPECT_EQ(read, (AnswerChunk{"é", {{2, -0.25F}}, std::nullopt}));
}

TEST(AnswerChunk, OfInfillHasTextTokensAndEnd) {
  EXPECT_EQ(chunk(Protocol::kInfill, R"({"content":"x","stop":false,"completion_probabilities":)"
                                     R"([{"token":"x","logprob":-2.5,"bytes":[]}]})"),
            (AnswerChunk{"x", {{1, -2.5F}}, std::nullopt}));
  EXPECT_EQ(chunk(Protocol::kInfill, R"({"content":"","stop":true,"stop_type":"eos"})").end,
            FinishReason::kEndOfText);
  EXPECT_EQ(chunk(Protocol::kInfill, R"({"content":"","stop":true,"stop_type":"limit"})").end,
            FinishReason::kTokenLimit);
  EXPECT_EQ(chunk(Protocol::kInfill, R"({"content":"","stop":true,"stopped_limit":true})").end,
            FinishReason::kTokenLimit);
}

TEST(AnswerChunk, EndsAsItSays) {
  const auto end = [](const std::string& reason) {
    return chunk(Protocol::kOpenAi, R"({"choices":[{"text":"","finish_reason":)" + reason + "}]}")
        .end;
  };
  EXPECT_EQ(end("null"), std::nullopt);
  EXPECT_EQ(end("\"stop\""), FinishReason::kEndOfText);
  EXPECT_EQ(end("\"length\""), FinishReason::kTokenLimit);
}

TEST(AnswerChunk, TokensThatCannotBeReadAreNone) {
  const auto tokens = [](const std::string& columns) {
    return chunk(Protocol::kOpenAi, R"({"choices":[{"text":"a","logprobs":)" + columns + "}]}")
        .tokens;
  };
  EXPECT_THAT(tokens("null"), IsEmpty());
  EXPECT_THAT(tokens(R"({"tokens":["a"],"token_logprobs":[null]})"), IsEmpty());
  EXPECT_THAT(tokens(R"({"tokens":["a"],"token_logprobs":[]})"), IsEmpty());
  EXPECT_THAT(tokens(R"({"tokens":["a"],"token_logprobs":[3]})"), IsEmpty());
  EXPECT_THAT(tokens(R"({"content":[{"token":"a"}]})"), IsEmpty());
}

TEST(AnswerChunk, SaysWhatIsWrong) {
  EXPECT_THAT(problem(Protocol::kOpenAi, "{"), HasSubstr("no JSON"));
  EXPECT_THAT(problem(Protocol::kOpenAi, "[]"), HasSubstr("no choices"));
  EXPECT_THAT(problem(Protocol::kInfill, R"({"content":1})"), HasSubstr("no content"));
  EXPECT_THAT(problem(Protocol::kInfill, R"({"error":{"message":"out of\nmemory."}})"),
              HasSubstr("It says that it failed: out of memory."));
}

TEST(AnswerChunk, ErrorsAreToldInOneShortLine) {
  EXPECT_EQ(error_sentence(R"({"error":{"message":"No such model.","code":404}})"),
            "No such model");
  EXPECT_EQ(error_sentence(R"({"message":"a\u0000b\u001b[1m"})"), "a b [1m");
  EXPECT_EQ(error_sentence(R"({"detail":"Not Found"})"), "Not Found");
  EXPECT_EQ(error_sentence("<html>"), "");
  const std::string sentence = error_sentence(R"({"error":")" + std::string(199, 'x') + "éé\"}");
  EXPECT_EQ(sentence, std::string(199, 'x'));
}

/// What is read of an answer in these pieces: the text, and "|" with how it ended.
std::string read(const std::vector<std::string>& pieces, bool is_stream = true) {
  std::string text;
  AnswerReader reader(Protocol::kInfill, is_stream, [&](const AnswerChunk& piece) {
    text += piece.text;
    return true;
  });
  for (const std::string& piece : pieces) {
    const auto goes_on = reader.take(piece);
    if (!goes_on) return text + "|" + goes_on.error().message;
    if (!*goes_on) break;
  }
  const auto end = reader.end();
  return text + "|" + (end ? std::string(name_of(*end)) : end.error().message);
}

/// The same, of an answer that ended.
std::string ended(std::string text, FinishReason reason) {
  return text.append("|").append(name_of(reason));
}

const std::string kAnswer =
    "data: {\"content\":\"a\",\"stop\":false}\n\ndata: "
    "{\"content\":\"b\\u00e9\",\"stop\":false}\n\n"
    "data: {\"content\":\"\",\"stop\":true,\"stop_type\":\"eos\"}\n\n";

TEST(AnswerReader, ReadsAnAnswerInWhateverPieces) {
  const std::string expected = ended("abé", FinishReason::kEndOfText);
  for (std::size_t split = 0; split <= kAnswer.size(); ++split) {
    EXPECT_EQ(read({kAnswer.substr(0, split), kAnswer.substr(split)}), expected) << split;
  }
}

TEST(AnswerReader, AnAnswerThatIsCutAnywhereHasBrokenOff) {
  for (std::size_t size = 0; size < kAnswer.size(); ++size) {
    EXPECT_THAT(read({kAnswer.substr(0, size)}), HasSubstr("broke off")) << size;
  }
}

TEST(AnswerReader, DoneIsAnEnd) {
  EXPECT_EQ(read({"data: [DONE]\n\n"}), ended("", FinishReason::kEndOfText));
}

TEST(AnswerReader, ReadsAnAnswerThatIsNotStreamed) {
  EXPECT_EQ(read({"{\"content\":\"a", "b\",\"stop\":true,\"stop_type\":\"limit\"}"}, false),
            ended("ab", FinishReason::kTokenLimit));
  EXPECT_THAT(read({"<html>"}, false), HasSubstr("no JSON"));
}

TEST(AnswerReader, RefusesGarbageAndAnswersWithoutEnd) {
  EXPECT_THAT(read({"data: nonsense\n\n"}), HasSubstr("no JSON"));
  const std::string comment = ":" + std::string(EventStream::kLongestEvent / 2, ' ') + "\n";
  const std::vector<std::string> endless(2 * AnswerReader::kLongestAnswer / comment.size(),
                                         comment);
  EXPECT_THAT(read(endless), HasSubstr("too long"));
}

TEST(AnswerReader, StopsBehindWhatIsEnough) {
  AnswerReader reader(Protocol::kInfill, true, [](const AnswerChunk&) { return false; });
  EXPECT_FALSE(reader.take(kAnswer).value_or(true));
}

}  // namespace
}  // namespace nextline::remote
