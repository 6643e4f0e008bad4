#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/disk/byte_source.h"
#include "engine/disk/hash.h"
#include "engine/error.h"
#include "engine/kv/kv_storage.h"
#include "engine/tokenizer/token.h"

namespace nextline {

/// What a snapshot is of. Where any of it differs, it is another snapshot.
struct SnapshotKey {
  std::string document;  ///< The canonical path, or whatever else names the document for good.
  Hash128 model;         ///< gguf::fingerprint_of the model's file.
  std::uint32_t tokenizer_version = 0;  ///< kTokenizerVersion.
  std::uint32_t layout_version = 0;     ///< kPromptLayoutVersion.
  bool operator==(const SnapshotKey&) const = default;
};

/// Memory that is filled before it is read, and so is not cleared first: clearing 30 MB takes as
/// long as reading them.
class SlotBytes {
 public:
  SlotBytes() = default;
  /// Throws std::bad_alloc.
  explicit SlotBytes(std::size_t size)
      : bytes_(std::make_unique_for_overwrite<std::byte[]>(size)), size_(size) {}
  SlotBytes(SlotBytes&& other) noexcept
      : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  SlotBytes& operator=(SlotBytes&& other) noexcept {
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  std::size_t size() const { return size_; }
  std::span<std::byte> span() { return {bytes_.get(), size_}; }
  std::span<const std::byte> span() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
};

/// A document's KV cache, as it is kept on disk: tokens in order, keys at the anchors 0, 1, 2, …
/// (the sequence is compacted before), and what is needed to tell which of it still holds. A value:
/// it refers to no storage, and a thread may write it while another computes.
struct Snapshot {
  SnapshotKey key;
  std::uint32_t arithmetic_version = 0;  ///< Backend::arithmetic_version of what computed it.
  KvType kv_type = KvType::kFloat16;
  std::uint64_t slot_bytes = 0;
  Hash128 text_hash;      ///< hash_128 of the document's text.
  std::uint64_t gap = 0;  ///< Where the cursor stood in that text, in bytes.
  std::vector<TokenId> tokens;
  /// Of each token, a hash of the tokens that it was computed from, or 0: stale.
  std::vector<std::uint64_t> stamps;
  SlotBytes slots;  ///< tokens.size() · slot_bytes, as KvStorage::save writes them.
};

/// A snapshot as the bytes of a file, which are these parts in order. The sections are views of the
/// snapshot.
struct EncodedSnapshot {
  std::vector<std::byte> header;
  std::array<std::span<const std::byte>, 3> sections;  // Tokens, stamps, slots.

  std::uint64_t size() const;
};

/// Fails for a snapshot that `decode` would not read: lengths that do not fit together, a name that
/// is too long.
Result<EncodedSnapshot> encode(const Snapshot& snapshot);

/// The snapshot that is wanted, and what the storage that it goes to can take.
struct SnapshotRequest {
  SnapshotKey key;
  KvType kv_type = KvType::kFloat16;
  std::uint64_t slot_bytes = 0;
  std::uint32_t slot_count = 0;       ///< A snapshot has no more tokens than this.
  std::uint32_t vocabulary_size = 0;  ///< Every token is below.
};

/// Reads a snapshot and checks all of it; docs/snapshot-format.md says what is checked. The bytes
/// are untrusted. Fails with a sentence for a file that is damaged, cut, of another version of the
/// format or of another key, and for keys and values of another kind. Of one that is none of what
/// is wanted, no more than the header is read. That another arithmetic computed it is no error: the
/// caller compares `arithmetic_version`, and takes all stamps for 0 where it differs. The caller
/// checks `gap` against its text.
Result<Snapshot> decode(ByteSource& source, const SnapshotRequest& request);

/// What would have `decode` read this snapshot. Checks the header only. For tools and fuzzers,
/// which have a file and want nothing in particular.
Result<SnapshotRequest> request_for(ByteSource& source);

/// How errors call the snapshot of a document, at the beginning of a sentence.
std::string snapshot_subject(const SnapshotKey& key);

}  // namespace nextline
