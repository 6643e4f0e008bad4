#include "engine/kv/snapshot.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <new>
#include <optional>
#include <type_traits>

namespace nextline {
namespace {

static_assert(std::endian::native == std::endian::little,
              "Snapshots are written as they lie in memory, which is little-endian.");

constexpr std::array<char, 8> kMagic = {'N', 'X', 'T', 'L', 'S', 'N', 'A', 'P'};

/// To be raised with every change of the format. Files of other versions are not read.
constexpr std::uint32_t kFormatVersion = 1;

/// Of the document's name. A path that the system can open has at most 4,096 bytes.
constexpr std::size_t kLongestName = 16384;

/// The beginning of the file, as it lies there. Behind it stand the document's name and the
/// header's checksum, then the tokens, the stamps and the slots.
struct FixedHeader {
  std::array<char, 8> magic;
  std::uint32_t format_version;
  std::uint32_t header_bytes;  // With the name and the checksum.
  Hash128 model;
  std::uint32_t tokenizer_version;
  std::uint32_t layout_version;
  std::uint32_t arithmetic_version;
  std::uint32_t kv_type;
  std::uint64_t slot_bytes;
  Hash128 text_hash;
  std::uint64_t gap;
  std::uint64_t token_count;
  std::array<std::uint64_t, 3> checksums;  // XXH3 of tokens, stamps and slots.
};
static_assert(std::is_trivially_copyable_v<FixedHeader> && sizeof(FixedHeader) == 112);

using Checksum = std::uint64_t;
constexpr std::size_t kSmallestHeader = sizeof(FixedHeader) + sizeof(Checksum);

/// What a header says, its checksum found right.
struct Header {
  FixedHeader fixed;
  std::string document;
};

tl::unexpected<Error> damaged(const std::string& subject, const std::string& what) {
  return failure(subject + " is damaged: " + what + ".");
}

tl::unexpected<Error> truncated(const std::string& subject) {
  return damaged(subject, "the file is shorter than it should be");
}

Result<Header> read_header(ByteSource& source, const std::string& subject) {
  if (source.size() < kSmallestHeader) return truncated(subject);
  std::vector<std::byte> bytes(sizeof(FixedHeader));
  if (!source.read(bytes)) return truncated(subject);
  Header header;
  std::memcpy(&header.fixed, bytes.data(), sizeof(FixedHeader));
  if (header.fixed.magic != kMagic) {
    return damaged(subject, "the file does not begin as snapshots do");
  }
  if (header.fixed.format_version != kFormatVersion) {
    return failure(subject + " is in version " + std::to_string(header.fixed.format_version) +
                   " of its format; this Nextline reads version " + std::to_string(kFormatVersion) +
                   ".");
  }
  const std::size_t header_bytes = header.fixed.header_bytes;
  if (header_bytes < kSmallestHeader || header_bytes > kSmallestHeader + kLongestName) {
    return damaged(subject, "its header cannot have " + std::to_string(header_bytes) + " bytes");
  }
  if (header_bytes > source.size()) return truncated(subject);
  bytes.resize(header_bytes);
  if (!source.read(std::span(bytes).subspan(sizeof(FixedHeader)))) return truncated(subject);

  const std::size_t checked_bytes = header_bytes - sizeof(Checksum);
  Checksum checksum = 0;
  std::memcpy(&checksum, bytes.data() + checked_bytes, sizeof(checksum));
  if (checksum != hash_64(std::span(bytes).first(checked_bytes))) {
    return damaged(subject, "the checksum of its header is wrong");
  }
  header.document.assign(reinterpret_cast<const char*>(bytes.data()) + sizeof(FixedHeader),
                         checked_bytes - sizeof(FixedHeader));
  return header;
}

SnapshotKey key_of(const Header& header) {
  return {header.document, header.fixed.model, header.fixed.tokenizer_version,
          header.fixed.layout_version};
}

/// Whether the snapshot is the one that is wanted, and fits.
Result<void> check_header(const Header& header, const SnapshotRequest& request,
                          const std::string& subject) {
  const SnapshotKey key = key_of(header);
  if (key.document != request.key.document) {
    return failure(subject + " is another document's.", "it is of \"" + key.document + '"');
  }
  if (key.model != request.key.model) return failure(subject + " is another model's.");
  if (key.tokenizer_version != request.key.tokenizer_version) {
    return failure(subject + " has tokens of another version of the tokeniser.");
  }
  if (key.layout_version != request.key.layout_version) {
    return failure(subject + " has a prompt of another layout.");
  }
  const FixedHeader& fixed = header.fixed;
  if (fixed.kv_type != static_cast<std::uint32_t>(request.kv_type) ||
      fixed.slot_bytes != request.slot_bytes) {
    return failure(subject + " has keys and values of another type.",
                   "type " + std::to_string(fixed.kv_type) + ", " +
                       std::to_string(fixed.slot_bytes) + " bytes per token");
  }
  if (fixed.token_count > request.slot_count) {
    return failure(subject + " has " + std::to_string(fixed.token_count) +
                   " tokens; there is room for " + std::to_string(request.slot_count) + ".");
  }
  return {};
}

/// The bytes of the whole file; nothing where 64 bits do not suffice.
std::optional<std::uint64_t> file_bytes(const FixedHeader& fixed) {
  std::uint64_t token_bytes = 0;
  std::uint64_t body_bytes = 0;
  std::uint64_t bytes = 0;
  if (__builtin_add_overflow(fixed.slot_bytes, sizeof(TokenId) + sizeof(std::uint64_t),
                             &token_bytes) ||
      __builtin_mul_overflow(fixed.token_count, token_bytes, &body_bytes) ||
      __builtin_add_overflow(body_bytes, fixed.header_bytes, &bytes)) {
    return std::nullopt;
  }
  return bytes;
}

}  // namespace

std::uint64_t EncodedSnapshot::size() const {
  std::uint64_t bytes = header.size();
  for (const auto& section : sections) bytes += section.size();
  return bytes;
}

Result<EncodedSnapshot> encode(const Snapshot& snapshot) {
  const std::string& document = snapshot.key.document;
  const std::string subject = snapshot_subject(snapshot.key);
  if (document.size() > kLongestName) {
    return failure(subject + " cannot be saved: the name is longer than " +
                   std::to_string(kLongestName) + " bytes.");
  }
  if (snapshot.stamps.size() != snapshot.tokens.size() ||
      snapshot.slots.size() != snapshot.tokens.size() * snapshot.slot_bytes) {
    return failure(subject + " cannot be saved: its parts are not of one length.");
  }
  EncodedSnapshot encoded;
  encoded.sections = {std::as_bytes(std::span(snapshot.tokens)),
                      std::as_bytes(std::span(snapshot.stamps)), snapshot.slots.span()};
  FixedHeader fixed{kMagic,
                    kFormatVersion,
                    static_cast<std::uint32_t>(kSmallestHeader + document.size()),
                    snapshot.key.model,
                    snapshot.key.tokenizer_version,
                    snapshot.key.layout_version,
                    snapshot.arithmetic_version,
                    static_cast<std::uint32_t>(snapshot.kv_type),
                    snapshot.slot_bytes,
                    snapshot.text_hash,
                    snapshot.gap,
                    snapshot.tokens.size(),
                    {}};
  std::ranges::transform(encoded.sections, fixed.checksums.begin(), hash_64);

  const auto append = [&](std::span<const std::byte> bytes) {
    encoded.header.insert(encoded.header.end(), bytes.begin(), bytes.end());
  };
  append(std::as_bytes(std::span(&fixed, 1)));
  append(std::as_bytes(std::span(document.data(), document.size())));
  const Checksum checksum = hash_64(encoded.header);
  append(std::as_bytes(std::span(&checksum, 1)));
  return encoded;
}

Result<Snapshot> decode(ByteSource& source, const SnapshotRequest& request) {
  const std::string subject = snapshot_subject(request.key);
  const auto header = read_header(source, subject);
  if (!header) return tl::unexpected(header.error());
  if (const auto checked = check_header(*header, request, subject); !checked) {
    return tl::unexpected(checked.error());
  }
  const FixedHeader& fixed = header->fixed;
  const auto whole = file_bytes(fixed);
  if (!whole || *whole > source.size()) return truncated(subject);
  if (*whole < source.size()) return damaged(subject, "the file is longer than it should be");

  Snapshot snapshot;
  snapshot.key = key_of(*header);
  snapshot.arithmetic_version = fixed.arithmetic_version;
  snapshot.kv_type = request.kv_type;
  snapshot.slot_bytes = fixed.slot_bytes;
  snapshot.text_hash = fixed.text_hash;
  snapshot.gap = fixed.gap;
  // The file is as large as this asks for, but what the system says of a file need not be true.
  try {
    snapshot.tokens.resize(fixed.token_count);
    snapshot.stamps.resize(fixed.token_count);
    snapshot.slots = SlotBytes(fixed.token_count * fixed.slot_bytes);
  } catch (const std::bad_alloc&) {
    return failure(subject + " does not fit into memory.");
  }

  const std::array<std::span<std::byte>, 3> sections = {
      std::as_writable_bytes(std::span(snapshot.tokens)),
      std::as_writable_bytes(std::span(snapshot.stamps)), snapshot.slots.span()};
  constexpr std::array<const char*, 3> kNames = {"tokens", "stamps", "keys and values"};
  for (std::size_t i = 0; i < sections.size(); ++i) {
    if (!source.read(sections[i])) return truncated(subject);
    if (hash_64(sections[i]) != fixed.checksums[i]) {
      return damaged(subject, "the checksum of its " + std::string(kNames[i]) + " is wrong");
    }
  }
  for (const TokenId token : snapshot.tokens) {
    if (token < 0 || static_cast<std::uint32_t>(token) >= request.vocabulary_size) {
      return damaged(subject, "its tokens are not the model's");
    }
  }
  return snapshot;
}

Result<SnapshotRequest> request_for(ByteSource& source) {
  const auto header = read_header(source, "The snapshot");
  if (!header) return tl::unexpected(header.error());
  const FixedHeader& fixed = header->fixed;
  const auto whole = file_bytes(fixed);
  if (!whole || *whole != source.size()) return truncated("The snapshot");
  constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max();
  return SnapshotRequest{
      key_of(*header), static_cast<KvType>(fixed.kv_type), fixed.slot_bytes,
      static_cast<std::uint32_t>(std::min<std::uint64_t>(fixed.token_count, kMost)), kMost};
}

std::string snapshot_subject(const SnapshotKey& key) {
  return "The snapshot of \"" + key.document + '"';
}

}  // namespace nextline
