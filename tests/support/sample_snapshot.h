#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/kv/snapshot.h"

namespace nextline::test {

/// Bytes per token of sample snapshots, and what their tokens are below.
inline constexpr std::uint64_t kSampleSlotBytes = 6;
inline constexpr std::uint32_t kSampleVocabulary = 1000;

/// A snapshot of so many tokens; its contents follow from the seed.
Snapshot sample_snapshot(const std::string& document, std::size_t token_count, std::uint64_t seed);

/// What has exactly this snapshot read.
SnapshotRequest request_of(const Snapshot& snapshot);

/// The file's bytes; aborts where the snapshot cannot be encoded.
std::vector<std::byte> encoded_bytes(const Snapshot& snapshot);

/// Whether the two are the same in everything.
bool are_same(const Snapshot& a, const Snapshot& b);

/// Sets the checksums of a snapshot's file right where its lengths allow that, so that a change
/// meets the checks behind them. True where they did.
bool set_checksums(std::vector<std::byte>& file);

}  // namespace nextline::test
