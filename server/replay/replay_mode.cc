#include "server/replay/replay_mode.h"

#include <algorithm>

namespace nextline::replay {
namespace {

struct ModeName {
  Mode mode;
  std::string_view name;
};
constexpr std::array kModeNames = {
    ModeName{Mode::kFull, "full"},     ModeName{Mode::kPrefix, "prefix"},
    ModeName{Mode::kIgnore, "ignore"}, ModeName{Mode::kConflict, "conflict"},
    ModeName{Mode::kEager, "eager"},   ModeName{Mode::kPie, "pie"},
    ModeName{Mode::kRepair, "repair"}};

struct TypeName {
  KvType type;
  std::string_view name;
};
constexpr std::array kTypeNames = {TypeName{KvType::kFloat32, "f32"},
                                   TypeName{KvType::kFloat16, "f16"},
                                   TypeName{KvType::kBFloat16, "bf16"}};

Reuse reuse_of(Mode mode) {
  switch (mode) {
    case Mode::kPrefix:
      return Reuse::kCommonPrefix;
    case Mode::kConflict:
      return Reuse::kUnrotated;
    case Mode::kEager:
      return Reuse::kRotated;
    default:
      return Reuse::kPieces;
  }
}

}  // namespace

std::string_view name_of(Mode mode) {
  return std::find_if(kModeNames.begin(), kModeNames.end(),
                      [&](const ModeName& entry) { return entry.mode == mode; })
      ->name;
}

std::optional<Mode> mode_from_name(std::string_view name) {
  for (const ModeName& entry : kModeNames) {
    if (entry.name == name) return entry.mode;
  }
  return std::nullopt;
}

std::string_view short_name_of(KvType type) {
  return std::find_if(kTypeNames.begin(), kTypeNames.end(),
                      [&](const TypeName& entry) { return entry.type == type; })
      ->name;
}

std::optional<KvType> kv_type_from_name(std::string_view name) {
  for (const TypeName& entry : kTypeNames) {
    if (entry.name == name) return entry.type;
  }
  return std::nullopt;
}

bool has_same_prompt(const Variant& a, const Variant& b) {
  return a.layout == b.layout && a.kv_type == b.kv_type && a.blend_weight == b.blend_weight;
}

Session::Options session_options(const Variant& variant, std::uint32_t context_length) {
  Session::Options options;
  options.context_length = context_length;
  options.layout = variant.layout;
  options.reuse = reuse_of(variant.mode);
  options.kv_type = variant.kv_type;
  options.blend_weight = variant.blend_weight;
  options.repair = RepairOptions::none();
  options.repair.markers = true;
  if (variant.mode == Mode::kRepair) options.repair = variant.repair;
  return options;
}

}  // namespace nextline::replay
