#include "engine/gguf/fingerprint.h"

#include <algorithm>
#include <vector>

namespace nextline::gguf {
namespace {

constexpr std::size_t kSampleCount = 64;
constexpr std::size_t kSampleBytes = 4096;

/// The bytes from the first tensor's data to the end of the file.
std::span<const std::byte> data_of(const File& file) {
  const std::span<const std::byte> bytes = file.bytes();
  const std::byte* first = bytes.data() + bytes.size();
  for (const Tensor& tensor : file.tensors()) first = std::min(first, tensor.data.data());
  return bytes.last(static_cast<std::size_t>(bytes.data() + bytes.size() - first));
}

}  // namespace

Hash128 fingerprint_of(const File& file) {
  const std::span<const std::byte> data = data_of(file);
  const std::size_t header_bytes = file.size_bytes() - data.size();
  std::vector<Hash128> parts = {{file.size_bytes(), header_bytes},
                                hash_128(file.bytes().first(header_bytes))};
  if (data.size() <= kSampleCount * kSampleBytes) {
    parts.push_back(hash_128(data));
  } else {
    const std::size_t last_start = data.size() - kSampleBytes;
    for (std::size_t i = 0; i < kSampleCount; ++i) {
      // Divided first: the product may not fit, and the remainder is spread over the last steps.
      const std::size_t start = last_start / (kSampleCount - 1) * i +
                                last_start % (kSampleCount - 1) * i / (kSampleCount - 1);
      parts.push_back(hash_128(data.subspan(start, kSampleBytes)));
    }
  }
  return hash_128(std::as_bytes(std::span(parts)));
}

}  // namespace nextline::gguf
