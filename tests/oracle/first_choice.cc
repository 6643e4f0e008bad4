#include "tests/oracle/first_choice.h"

#include <algorithm>
#include <limits>

namespace nextline::oracle {

FirstChoice first_choice(std::span<const float> logits) {
  const auto first = std::ranges::max_element(logits);
  float second = -std::numeric_limits<float>::infinity();
  for (auto logit = logits.begin(); logit != logits.end(); ++logit) {
    if (logit != first) second = std::max(second, *logit);
  }
  return {static_cast<TokenId>(first - logits.begin()), double{*first} - second};
}

}  // namespace nextline::oracle
