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
  /// tokens that have not been computed again; nothing if there are none. Keys that the sequence
  /// has turned count as computed again, for its stamps do not tell the two apart.
  std::optional<double> relative_error(const KvSequence& sequence, const KvStorage& storage) const;

 private:
  /// A token's keys of all layers, [layer][kv_length], rotated to its anchor.
  struct Keys {
    Stamp stamp;
    Position anchor;
    std::vector<float> values;
  };

  Keys read(const KvSequence& sequence, const KvStorage& storage, std::uint32_t index, Slot slot,
            Position anchor) const;

  const Model& model_;
  std::unordered_map<Slot, Keys> remembered_;
};

}  // namespace nextline::replay
