#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "server/replay/source_tree.h"

namespace nextline::replay {

/// Tells which files of a tree say nearly the same: a build's output beside its source, what was
/// vendored, one file under two names. Immutable; any thread may ask it.
class NearCopies {
 public:
  /// The tree must outlive it.
  explicit NearCopies(const SourceTree& tree);

  /// The others that share half of their telling lines with a file, or half of its own: by number,
  /// ascending. Lines that many files have, as licences and imports are, tell nothing.
  std::vector<std::size_t> of(std::size_t file) const;

 private:
  std::vector<std::vector<std::uint64_t>> lines_;  // By file: hashes of its telling lines.
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> files_;  // That have a line.
};

}  // namespace nextline::replay
