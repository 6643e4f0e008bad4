// Writes the first inputs of remote_fuzzer: answers of both protocols, and some with something
// wrong.

#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tests/fuzz/seed_file.h"

namespace {

/// The first byte: the protocol (1: infill) and whether it is streamed (2); then how it is cut.
std::string seed(char what, const std::string& answer) {
  return std::string(1, what) + '\x05' + answer;
}

std::string event(const std::string& json) { return "data: " + json + "\n\n"; }

std::string choice(const std::string& text, const std::string& more) {
  return R"({"id":"1","choices":[{"index":0,"text":")" + text + "\"," + more + "}]}";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string columns =
      R"("logprobs":{"tokens":["a","b"],"token_logprobs":[-0.5,-1.25],"top_logprobs":[null]})";
  const std::string list =
      R"([{"id":1,"token":"a","bytes":[97],"logprob":-0.5,"top_logprobs":[]}])";
  const std::vector<std::pair<std::string, std::string>> seeds = {
      {"completions",
       seed('\x02', event(choice("ab", columns)) +
                        event(choice("", R"("finish_reason":"length")")) + event("[DONE]"))},
      {"completions_of_llama_cpp",
       seed('\x02', event(choice("a", R"("logprobs":{"content":)" + list + "}")) +
                        event(choice("", R"("finish_reason":"stop")")))},
      {"completions_whole", seed('\0', choice("ab", R"("finish_reason":"stop")"))},
      {"infill", seed('\x03', event(R"({"content":"a","stop":false,"completion_probabilities":)" +
                                    list + "}") +
                                  event(R"({"content":"","stop":true,"stop_type":"eos"})"))},
      {"infill_whole", seed('\x01', R"({"content":"a","stop":true,"stopped_limit":true})")},
      {"error", seed('\x02', event(R"({"error":{"message":"No.","code":500}})"))},
      {"fields", seed('\x03', "\xEF\xBB\xBF: ping\r\nevent: x\rid: 1\ndata\ndata:\r\n\r\n")},
      {"broken", seed('\x02', "data: {\"choices\":[{\"text\":")},
      {"retry_after", seed('\0', "120")},
  };
  for (const auto& [name, bytes] : seeds) {
    if (!nextline::test::write_seed(std::filesystem::path(argv[1]) / name,
                                    std::as_bytes(std::span(bytes)))) {
      return 1;
    }
  }
  return 0;
}
