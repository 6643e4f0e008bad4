#include "engine/session/forks.h"

#include <algorithm>
#include <utility>

namespace nextline {

void Forks::add(const Completion& completion) {
  double log_probability = 0;  // Of the tokens before.
  for (std::size_t i = 0; i < completion.likelihoods.size(); ++i) {
    const TokenLikelihood& likelihood = completion.likelihoods[i];
    for (const ChosenToken& other : likelihood.alternatives) {
      places_.push_back({ways_.size(), i, other.token, log_probability + other.log_probability});
    }
    log_probability += likelihood.log_probability;
  }
  ways_.push_back(completion.token_ids);
}

std::optional<Fork> Forks::take_likeliest() {
  const auto likeliest = std::ranges::max_element(places_, {}, &Place::log_probability);
  if (likeliest == places_.end()) return std::nullopt;
  const Place place = *likeliest;
  places_.erase(likeliest);
  const std::vector<TokenId>& way = ways_[place.way];
  Fork fork{{way.begin(), way.begin() + static_cast<std::ptrdiff_t>(place.length)},
            place.log_probability};
  fork.tokens.push_back(place.token);
  return fork;
}

}  // namespace nextline
