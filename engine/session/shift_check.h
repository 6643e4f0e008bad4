#pragma once

#include <stop_token>

#include "engine/backend/backend.h"
#include "engine/error.h"

namespace nextline {

/// The most that `ShiftCheck::divergence` may be, in nats. Rounding costs the default model 6e-6,
/// on other texts up to 2e-4: keys that were turned are rounded to half precision once more, which
/// tips activations over that are quantised to a byte. Reading keys without their shifts costs it
/// 0.9, SmolLM2 0.5, and small random models 0.1 at the least.
inline constexpr double kShiftTolerance = 0.01;

/// How far a model's logits are from themselves when the keys they attend to are read at a shift.
struct ShiftCheck {
  double divergence = 0;          ///< KL(fresh ‖ shifted) of the next token, in nats.
  double largest_difference = 0;  ///< Of one logit.

  bool passes() const { return divergence <= kShiftTolerance; }  // Not a number fails.
};

/// Tells whether a cache survives an edit, before anybody relies on it: whether keys that stand at
/// other positions than their anchors give the logits of keys that stand at theirs. Positions that
/// are no pure rotation (scalings that depend on the length, models with several axes), a kernel
/// that turns queries wrongly or a storage that turns keys wrongly would all show here.
///
/// Computes a few tokens and one behind them, in one pass. Then turns the keys of the few to
/// anchors some hundred positions further on, by two shifts as an edit in their middle leaves
/// behind, and computes the one again, which sees them through runs of these shifts. Both times the
/// row stands at the same position, behind the same contents: what differs is rounding, or a fault.
///
/// Takes a pass of 16 rows and one of a single row: as long as four tokens. Belongs to the
/// backend's thread. Fails if there is no memory, or if it is stopped.
Result<ShiftCheck> check_shift(Backend& backend, const std::stop_token& stop = {});

}  // namespace nextline
