#include "lsp/completion/candidates.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "engine/session/forks.h"
#include "lsp/completion/confidence.h"

namespace nextline::lsp {
namespace {

/// Completions that may come to nothing: that do not fit, or lead to a text that is there already.
constexpr std::size_t kMostInVain = 2;

double confidence_in(const Suggestion& suggestion) { return confidence_of(suggestion.completion); }

}  // namespace

bool lead_to_same_text(const Suggestion& a, const Suggestion& b, std::string_view behind) {
  const std::size_t last = std::max(a.replaced_behind, b.replaced_behind);
  const auto outcome = [&](const Suggestion& suggestion) {
    const std::string_view replaced = behind.substr(0, last);
    return suggestion.text + std::string(replaced.substr(suggestion.replaced_behind));
  };
  return outcome(a) == outcome(b);
}

Result<std::vector<Suggestion>> find_candidates(std::size_t count, std::string_view behind,
                                                const CompleteDetour& complete,
                                                const FitCompletion& fit) {
  Detour detour{.alternatives = static_cast<std::uint32_t>(std::max<std::size_t>(count, 1) - 1)};
  std::vector<Suggestion> candidates;
  std::optional<Suggestion> unfit;  // What the model says by itself, if that does not fit.
  Forks forks;
  for (std::size_t made = 0; made < count + kMostInVain; ++made) {
    auto completion = complete(detour);
    if (!completion) return tl::unexpected(std::move(completion.error()));
    const bool is_cancelled = completion->finish_reason == FinishReason::kCancelled;
    // What was cut short is worth something if there is nothing else.
    if (is_cancelled && made > 0) break;
    forks.add(*completion);
    Suggestion suggestion = fit(std::move(*completion));
    if (made == 0 && suggestion.why_nothing) {
      unfit = std::move(suggestion);
    } else if (!suggestion.why_nothing && std::ranges::none_of(candidates, [&](const auto& other) {
                 return lead_to_same_text(suggestion, other, behind);
               })) {
      candidates.push_back(std::move(suggestion));
    }
    if (is_cancelled || candidates.size() >= count) break;
    auto fork = forks.take_likeliest();
    if (!fork) break;
    detour.forced = std::move(fork->tokens);
  }
  if (candidates.empty() && unfit) candidates.push_back(*std::exchange(unfit, std::nullopt));
  // What the model says by itself stays in front.
  const auto others = candidates.begin() + (unfit || candidates.empty() ? 0 : 1);
  std::ranges::stable_sort(others, candidates.end(), std::greater<>(), confidence_in);
  return candidates;
}

}  // namespace nextline::lsp
