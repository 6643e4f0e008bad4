#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/backend/cuda/cuda_backend.h"

namespace nextline::cuda {

/// What libnextline_cuda.so offers to the program that loads it. Both must be of one build, for
/// models, batches and results are handed over as they lie in memory. `version` and `layout` come
/// first and never move, so that any two builds can tell whether they match.
struct Interface {
  std::uint32_t version;
  std::uint32_t layout;
  Result<std::vector<Device>> (*find_devices)();
  Result<std::unique_ptr<Backend>> (*create_backend)(const Model& model, const Options& options);
  void (*release_devices)();
};

/// Counts the changes that `layout` does not see: of virtual functions (Backend, KvStorage), and of
/// what functions mean.
inline constexpr std::uint32_t kInterfaceVersion = 3;

/// Differs between most builds that lay out differently what is handed over.
constexpr std::uint32_t interface_layout() {
  std::uint32_t layout = 0;
  for (const std::size_t size :
       {sizeof(Interface), sizeof(Device), sizeof(Options), sizeof(Error), sizeof(Model),
        sizeof(Hyperparameters), sizeof(LayerTensors), sizeof(gguf::Tensor), sizeof(Batch),
        sizeof(BatchRow), sizeof(Run), sizeof(Logits), sizeof(Sampling), sizeof(SlotMove)}) {
    layout = layout * 31 + static_cast<std::uint32_t>(size);
  }
  return layout;
}

/// The one function that the library exports.
inline constexpr char kInterfaceFunction[] = "nextline_cuda_interface";
using InterfaceFunction = const Interface* (*)();

}  // namespace nextline::cuda
