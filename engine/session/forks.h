#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "engine/session/completion.h"

namespace nextline {

/// A way that no completion has gone yet.
struct Fork {
  std::vector<TokenId> tokens;  ///< From the first one on; where the last one stands, another was
                                ///< chosen.
  double log_probability;       ///< Of all of them together.
};

/// Where completions of one place could have gone other ways: a search for what else a model may
/// say, the likeliest first. The probability of a fork's tokens is the most that any text which
/// begins with them can have, so none that is still to be found is likelier than the next fork.
class Forks {
 public:
  /// Takes the alternatives of a completion. Where its detour forced tokens there are none: these
  /// ways are known from the completion that it left.
  void add(const Completion& completion);
  /// The likeliest one that has not been taken yet; nothing if there is none. Of equals, the one
  /// that was added first.
  std::optional<Fork> take_likeliest();

 private:
  /// A fork, as a completion's first tokens and another.
  struct Place {
    std::size_t way;     // Index into ways_.
    std::size_t length;  // Of the way, in tokens, before it forks.
    TokenId token;
    double log_probability;
  };

  std::vector<std::vector<TokenId>> ways_;
  std::vector<Place> places_;  // In the order in which they came.
};

}  // namespace nextline
