#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace nextline::remote {

/// What a server speaks.
enum class Protocol : std::uint8_t {
  kOpenAi,  ///< POST /v1/completions, as vLLM has it.
  kInfill,  ///< POST /infill, as llama.cpp's server has it.
};

/// A server elsewhere that says what comes next, as a user names it.
struct RemoteOptions {
  std::string url = {};  ///< Empty: there is none, and nothing is sent anywhere.
  Protocol protocol = Protocol::kOpenAi;
  std::string model = {};  ///< As the server calls it.
  std::string token_variable =
      {};  ///< The environment variable with the token; empty: none is sent.
  std::string prompt_template = {};  ///< See `PromptTemplate`; empty: what the model's name tells.
  std::filesystem::path ca_file = {};  ///< Whom certificates are trusted from; empty: the system's.
  std::chrono::seconds first_piece{10};  ///< For how long an answer may not have begun.
  std::chrono::seconds whole{30};        ///< For how long it may not have ended.
  std::chrono::milliseconds pause{75};   ///< Of the user, before anything is asked unasked.
  /// Whether text may go to another machine without being encrypted.
  bool is_insecure = false;
  /// Whether the server is asked how sure it is.
  bool asks_probabilities = true;
  bool operator==(const RemoteOptions&) const = default;
};

}  // namespace nextline::remote
