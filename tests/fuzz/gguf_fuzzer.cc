#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "engine/gguf/gguf_file.h"
#include "tests/support/read_everything.h"

// Whatever the bytes are, reading them gives a sentence or a file whose every part can be read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = nextline::gguf::File::parse(std::as_bytes(std::span(data, size)), "input");
  if (file) {
    nextline::test::read_everything(*file);
  } else if (file.error().message.empty()) {
    std::abort();
  }
  return 0;
}
