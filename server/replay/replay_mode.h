#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/kv/kv_storage.h"
#include "engine/session/prompt_layout.h"
#include "engine/session/session.h"

namespace nextline::replay {

/// How a cache meets an edit.
enum class Mode : std::uint8_t {
  kFull,      ///< Everything is computed again.
  kPrefix,    ///< What stands behind the first change is: what servers do that cache prefixes.
  kIgnore,    ///< The edit is not seen.
  kConflict,  ///< Spliced, keys staying at the positions they had: the Conflict Fast Encoding of He
              ///< et al., "Let the Code LLM Edit Itself When You Edit the Code".
  kEager,     ///< Keys are turned to their new positions where they lie, as in the paper.
  kPie,       ///< Keys stay, queries are turned: the piece table, without a repair.
  kRepair,    ///< The same with a repair: the product.
};
inline constexpr std::array kModes = {Mode::kFull,  Mode::kPrefix, Mode::kIgnore, Mode::kConflict,
                                      Mode::kEager, Mode::kPie,    Mode::kRepair};

/// "full", "prefix", "ignore", "conflict", "eager", "pie", "repair".
std::string_view name_of(Mode mode);
std::optional<Mode> mode_from_name(std::string_view name);

/// "f32", "f16", "bf16".
std::string_view short_name_of(KvType type);
std::optional<KvType> kv_type_from_name(std::string_view name);

/// One way to come to a line: what is compared.
struct Variant {
  Mode mode = Mode::kRepair;
  Layout layout = Layout::kSuffixPrefixMiddle;
  KvType kv_type = KvType::kFloat16;
  float blend_weight = Session::Options().blend_weight;  ///< Of psm, in the layout that blends.
  /// Of `kRepair`; the other modes that keep what is stale compute the markers again.
  RepairOptions repair = {};
  std::string stages = "all";  ///< What `repair` is called.
  /// So many edits were made elsewhere in the text before, one after the other, and taken back.
  std::uint32_t edits_before = 0;
};

/// Whether two variants compute the same from the same text when everything is computed anew: the
/// prompt, how it is stored, and what is made of its logits.
bool has_same_prompt(const Variant& a, const Variant& b);

/// What a session of this variant is made with.
Session::Options session_options(const Variant& variant, std::uint32_t context_length);

}  // namespace nextline::replay
