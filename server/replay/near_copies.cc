#include "server/replay/near_copies.h"

#include <algorithm>
#include <map>
#include <span>
#include <string_view>
#include <unordered_set>

#include "engine/disk/hash.h"
#include "server/replay/source_lines.h"

namespace nextline::replay {
namespace {

/// Shorter lines are brackets and single words.
constexpr std::size_t kFewestBytes = 12;
/// What more files say, everybody says.
constexpr std::size_t kMostFiles = 8;
/// Two files that have fewer lines in common are alike by chance.
constexpr std::size_t kFewestShared = 5;

}  // namespace

NearCopies::NearCopies(const SourceTree& tree) : lines_(tree.files().size()) {
  for (std::size_t file = 0; file < lines_.size(); ++file) {
    const SourceLines lines(tree.files()[file].text);
    std::unordered_set<std::uint64_t> known;
    for (std::size_t i = 0; i < lines.count(); ++i) {
      const std::string_view code = lines.code(i);
      if (code.size() < kFewestBytes) continue;
      const std::uint64_t hash = hash_64(std::as_bytes(std::span(code)));
      if (known.insert(hash).second) files_[hash].push_back(file);
    }
  }
  std::erase_if(files_, [](const auto& entry) { return entry.second.size() > kMostFiles; });
  for (const auto& [line, files] : files_) {
    for (const std::size_t file : files) lines_[file].push_back(line);
  }
}

std::vector<std::size_t> NearCopies::of(std::size_t file) const {
  std::map<std::size_t, std::size_t> shared;  // Lines, by file.
  for (const std::uint64_t line : lines_[file]) {
    for (const std::size_t other : files_.at(line)) ++shared[other];
  }
  std::vector<std::size_t> copies;
  for (const auto& [other, count] : shared) {
    const std::size_t fewer = std::min(lines_[file].size(), lines_[other].size());
    if (other != file && count >= kFewestShared && 2 * count >= fewer) copies.push_back(other);
  }
  return copies;
}

}  // namespace nextline::replay
