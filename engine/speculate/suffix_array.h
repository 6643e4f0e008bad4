#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

namespace nextline {

/// All beginnings of suffixes of `text`, the least suffix first. A suffix that is the beginning of
/// another is less than it; symbols are compared as numbers and may be any, negative ones as well.
///
/// Takes time in proportion to the text: SA-IS, of Nong, Zhang and Chan, "Two Efficient Algorithms
/// for Linear Time Suffix Array Construction" (2011). Needs about 12 bytes of memory per symbol
/// beside the result, and 4 per number between the least symbol and the greatest where these are
/// close. The text has fewer than 2³² - 1 symbols. Throws std::bad_alloc. Where it is stopped,
/// which is looked at between two passes over the text, the result is of no use.
std::vector<std::uint32_t> suffix_array(std::span<const std::int32_t> text,
                                        const std::stop_token& stop = {});

/// The greatest length that `common_prefixes` tells from a greater one.
inline constexpr std::uint32_t kLongestCommonPrefix = 255;

/// Of each suffix in the array's order, how many symbols its beginning shares with the suffix
/// before it, or kLongestCommonPrefix where there are more; 0 for the first.
///
/// Takes time in proportion to the text: the lengths are found in the order of the text, where each
/// is at least the one before less one, as in Kärkkäinen, Manzini and Puglisi, "Permuted
/// Longest-Common-Prefix Array" (2009). Needs 5 bytes of memory per symbol beside the result.
/// Throws std::bad_alloc.
std::vector<std::uint8_t> common_prefixes(std::span<const std::int32_t> text,
                                          std::span<const std::uint32_t> suffixes);

}  // namespace nextline
