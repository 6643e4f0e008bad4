#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "engine/disk/hash.h"
#include "lsp/history/history_state.h"

namespace {

using nextline::lsp::parse_history_state;

/// Whatever the text is, there is nothing, or a state that is written and read again.
void read(std::string_view text) {
  const auto state = parse_history_state(text);
  if (!state) return;
  const std::string written = to_text(*state);
  const auto again = parse_history_state(written);
  if (!again || to_text(*again) != written) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  read(text);
  // No fuzzer guesses a checksum.
  char checksum[18];
  std::snprintf(checksum, sizeof(checksum), "%016llx\n",
                static_cast<unsigned long long>(
                    nextline::hash_64(std::as_bytes(std::span(text.data(), text.size())))));
  read(text + checksum);
  return 0;
}
