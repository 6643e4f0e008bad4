#pragma once

#include <cstdint>

#include "engine/tokenizer/token.h"

namespace nextline {

/// What the keys and values in a slot were computed from: a hash of the token and of all before it
/// in their order, if each of those had been computed so itself. Where a token's stamp is that of
/// the tokens that precede it now, its keys and values are those of a fresh prefill, bit for bit as
/// far as the backend's rows do not depend on their pass, whatever has been edited and taken back
/// in between. (Two token lists share one of 2⁶⁴ stamps by chance only; nobody gains from looking
/// for such a pair in a text of their own.)
using Stamp = std::uint64_t;

/// Of what was computed from other text, or has been turned and rounded since: it never matches.
constexpr Stamp kStale = 0;

/// The stamp of a token behind exact predecessors, the last of which has the stamp `before`; of the
/// first token, `before` is kNothingBefore.
constexpr Stamp kNothingBefore = 0x9E3779B97F4A7C15;
constexpr Stamp stamp_behind(Stamp before, TokenId token) {
  // The finaliser of SplitMix64 (Steele et al., "Fast Splittable Pseudorandom Number Generators"):
  // every bit of both goes into every bit of the stamp.
  std::uint64_t mixed =
      before + 0x9E3779B97F4A7C15 * (static_cast<std::uint32_t>(token) + std::uint64_t{1});
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
  mixed ^= mixed >> 31;
  return mixed == kStale ? kNothingBefore : mixed;
}

}  // namespace nextline
