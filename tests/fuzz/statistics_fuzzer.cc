#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lsp/statistics/statistics.h"
#include "lsp/statistics/statistics_file.h"

namespace {

using namespace nextline::lsp;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

// A file that processes share. Whatever the text is, they are no statistics, or ones that are
// written and read again, and that other counts can be added to.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto statistics = parse_statistics({reinterpret_cast<const char*>(data), size});
  if (!statistics) return 0;
  require(parse_statistics(to_text(*statistics)) == *statistics);
  Statistics sum = *statistics;
  sum.add(*statistics);
  for (const auto& [day, languages] : sum.days()) {
    require(languages.size() <= Statistics::kMostLanguages + 1);
    for (const auto& [language, counts] : languages) {
      require(language_in_statistics(language) == language);
      for (const NamedCount& named : kNamedCounts) require(counts.*named.count % 2 == 0);
    }
  }
  if (!sum.empty()) {
    const Day last = sum.days().rbegin()->first;
    const CountsByLanguage of_last = sum.between(last, last);
    sum.forget_before(last);
    require(sum.days().size() == 1 && sum.days().begin()->second == of_last);
  }
  return 0;
}
