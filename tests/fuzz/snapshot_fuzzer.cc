#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "engine/kv/snapshot.h"
#include "tests/support/sample_snapshot.h"

namespace {

using nextline::MemorySource;

/// Reads the file as what it says it is. Whatever the bytes are, there is a sentence, or a snapshot
/// that is written as it was read.
void read(const std::vector<std::byte>& file) {
  MemorySource header(file);
  auto request = nextline::request_for(header);
  if (!request) {
    if (request.error().message.empty()) std::abort();
    return;
  }
  for (const std::uint32_t vocabulary_size : {nextline::test::kSampleVocabulary, ~0U}) {
    request->vocabulary_size = vocabulary_size;
    MemorySource source(file);
    const auto snapshot = nextline::decode(source, *request);
    if (!snapshot) {
      if (snapshot.error().message.empty()) std::abort();
      continue;
    }
    if (nextline::test::encoded_bytes(*snapshot) != file) std::abort();
    for (const nextline::TokenId token : snapshot->tokens) {
      if (token < 0 || static_cast<std::uint32_t>(token) >= vocabulary_size) std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  std::vector<std::byte> file(bytes.begin(), bytes.end());
  read(file);
  // No fuzzer guesses a checksum, so most of what there is to find stands behind right ones.
  nextline::test::set_checksums(file);
  read(file);
  return 0;
}
