#include "tests/support/sample_snapshot.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "tests/support/random.h"

namespace nextline::test {
namespace {

// As docs/snapshot-format.md has them, not as the code does.
constexpr std::size_t kHeaderBytesAt = 12;
constexpr std::size_t kSlotBytesAt = 48;
constexpr std::size_t kTokenCountAt = 80;
constexpr std::size_t kChecksumsAt = 88;
constexpr std::size_t kNameAt = 112;

template <typename Number>
Number number_at(const std::vector<std::byte>& file, std::size_t offset) {
  Number number;
  std::memcpy(&number, file.data() + offset, sizeof(number));
  return number;
}

void set_hash(std::vector<std::byte>& file, std::size_t offset, std::size_t first,
              std::size_t count) {
  const std::uint64_t hash = hash_64(std::span(file).subspan(first, count));
  std::memcpy(file.data() + offset, &hash, sizeof(hash));
}

}  // namespace

Snapshot sample_snapshot(const std::string& document, std::size_t token_count, std::uint64_t seed) {
  Random random(seed);
  Snapshot snapshot;
  snapshot.key = {document, {1, 2}, 3, 4};
  snapshot.arithmetic_version = 5;
  snapshot.kv_type = KvType::kFloat16;
  snapshot.slot_bytes = kSampleSlotBytes;
  snapshot.text_hash = {random.next(), random.next()};
  snapshot.gap = random.below(1000);
  snapshot.slots = SlotBytes(token_count * kSampleSlotBytes);
  for (std::size_t i = 0; i < token_count; ++i) {
    snapshot.tokens.push_back(static_cast<TokenId>(random.below(kSampleVocabulary)));
    snapshot.stamps.push_back(random.below(4) == 0 ? 0 : random.next());
  }
  for (std::byte& byte : snapshot.slots.span()) byte = static_cast<std::byte>(random.below(256));
  return snapshot;
}

SnapshotRequest request_of(const Snapshot& snapshot) {
  return {snapshot.key, snapshot.kv_type, snapshot.slot_bytes,
          static_cast<std::uint32_t>(snapshot.tokens.size()), kSampleVocabulary};
}

std::vector<std::byte> encoded_bytes(const Snapshot& snapshot) {
  const auto encoded = encode(snapshot);
  if (!encoded) std::abort();
  std::vector<std::byte> bytes = encoded->header;
  for (const auto& section : encoded->sections) {
    bytes.insert(bytes.end(), section.begin(), section.end());
  }
  return bytes;
}

bool are_same(const Snapshot& a, const Snapshot& b) {
  return a.key == b.key && a.arithmetic_version == b.arithmetic_version && a.kv_type == b.kv_type &&
         a.slot_bytes == b.slot_bytes && a.text_hash == b.text_hash && a.gap == b.gap &&
         a.tokens == b.tokens && a.stamps == b.stamps &&
         std::ranges::equal(a.slots.span(), b.slots.span());
}

bool set_checksums(std::vector<std::byte>& file) {
  if (file.size() < kNameAt + 8) return false;
  const std::size_t header = number_at<std::uint32_t>(file, kHeaderBytesAt);
  if (header < kNameAt + 8 || header > file.size()) return false;
  const auto slot_bytes = number_at<std::uint64_t>(file, kSlotBytesAt);
  const auto count = number_at<std::uint64_t>(file, kTokenCountAt);
  const std::size_t body = file.size() - header;
  const bool is_whole =
      slot_bytes < body && count <= body && count * (slot_bytes + 12) == body && count > 0;
  if (is_whole) {
    set_hash(file, kChecksumsAt, header, count * 4);
    set_hash(file, kChecksumsAt + 8, header + count * 4, count * 8);
    set_hash(file, kChecksumsAt + 16, header + count * 12, count * slot_bytes);
  }
  set_hash(file, header - 8, 0, header - 8);
  return is_whole;
}

}  // namespace nextline::test
