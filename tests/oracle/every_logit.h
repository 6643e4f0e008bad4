#pragma once

#include <span>

#include "engine/backend/backend.h"
#include "engine/error.h"
#include "engine/tokenizer/token.h"

namespace nextline::oracle {

/// The logits behind every token of a sequence, [tokens × vocabulary], computed as a prompt is:
/// in passes of up to 128 rows. Fails where the backend cannot get memory for the keys and values.
Result<Logits> every_logit(Backend& backend, std::span<const TokenId> tokens);

}  // namespace nextline::oracle
