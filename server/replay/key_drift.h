#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "engine/kv/kv_sequence.h"
#include "engine/kv/kv_storage.h"
#include "engine/model/model.h"
#include "engine/model/rope.h"

namespace nextline::replay {

/// How far keys have come from what was computed: remembers those of a sequence, and compares what
/// is left of them later, each turned to where it stands now.
class KeyDrift {
 public:
  KeyDrift(const Model& model, const KvSequence& sequence, const KvStorage& storage);

  /// The root of Σ ‖key − key as remembered‖² / Σ ‖key as remembered‖², over all layers and all
  /// tokens that have not been computed again; nothing if there are none. They are those whose
  /// values are still the same: turning a key leaves its value as it is.
  std::optional<double> relative_error(const KvSequence& sequence, const KvStorage& storage) const;

 private:
  /// A token's keys and values of all layers, [layer][kv_length], the keys rotated to its anchor.
  struct Token {
    Position anchor;
    std::vector<float> keys;
    std::vector<float> values;
  };

  Token read(const KvStorage& storage, Slot slot, Position anchor) const;

  const Model& model_;
  std::unordered_map<Slot, Token> remembered_;
};

}  // namespace nextline::replay
