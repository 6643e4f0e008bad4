#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/replay/random.h"

namespace nextline::bench {

/// Writes documents such as a repository's history has, by chance, but the same on every machine:
/// files of made-up Python, and parts of earlier files in which some lines were changed. As in real
/// code, few names and phrases come often and many seldom, a file keeps to names of its own, and
/// functions resemble others.
class GeneratedCode {
 public:
  explicit GeneratedCode(std::uint64_t seed) : random_(seed) {}

  /// About 30 to 2,000 tokens, 270 in the mean.
  std::string next_document();

 private:
  using Lines = std::vector<std::string>;

  Lines new_file();
  void add_function(Lines& file);
  std::string line_of(std::string_view pattern);
  std::string name();
  /// Below `bound`, the lower the likelier.
  std::size_t skewed(std::size_t bound);

  replay::Random random_;
  std::vector<Lines> files_;
  std::vector<std::string> names_;        // Of the file that is written.
  std::vector<std::string> local_names_;  // Of the function that is written.
};

}  // namespace nextline::bench
