#pragma once

#include <span>

#include "engine/tokenizer/token.h"

namespace nextline::oracle {

/// The most likely token (of equals, the first), and by how many nats it leads the second.
struct FirstChoice {
  TokenId token;
  double margin;
};
FirstChoice first_choice(std::span<const float> logits);

}  // namespace nextline::oracle
