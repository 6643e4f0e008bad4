#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/backend/cuda/device_context.h"
#include "engine/backend/cuda/pass_shape.h"

namespace nextline::cuda {

/// Passes that come again, as CUDA graphs: all that a pass asks of the device, its copies included,
/// is then one call of the host.
///
/// A shape that comes for the first time is computed call by call, which also has the driver load
/// the kernels; when it comes again, the same calls become a graph. Where none can be made, for
/// lack of memory perhaps, passes of this shape stay as they were: that is no failure of the
/// device.
///
/// Graphs know the addresses of buffers. Where one has moved, they are dropped and made anew.
class PassGraphs {
 public:
  explicit PassGraphs(DeviceContext& device) : device_(device) { passes_.reserve(kMost); }
  /// The device is done with the last pass.
  ~PassGraphs() { drop_all(); }
  PassGraphs(const PassGraphs&) = delete;
  PassGraphs& operator=(const PassGraphs&) = delete;

  /// Has the device do what `ask` asks it for: a function that makes the same calls for each pass
  /// of a shape, and neither waits nor allocates. The pass before is done. False where a call
  /// failed.
  template <typename Ask>
  bool run(const PassShape& shape, Ask ask) {
    Pass& pass = find(shape);
    const bool has_come_before = std::exchange(pass.has_come_before, true);
    if (has_come_before && pass.graph == nullptr && !pass.is_refused) {
      if (device_.begin_capture()) {
        pass.graph = device_.end_capture(ask());
      }
      pass.is_refused = pass.graph == nullptr;
    }
    return launch(pass) || ask();
  }

 private:
  /// As many as some documents' lengths and some sizes of drafts make together; each takes memory
  /// of the device.
  static constexpr std::size_t kMost = 32;

  struct Pass {
    PassShape shape;
    bool has_come_before = false;
    bool is_refused = false;  // The driver has made no graph of it.
    cudaGraphExec_t graph = nullptr;
  };

  /// Puts it in front. What it gives is good until the next call.
  Pass& find(const PassShape& shape);
  /// False where there is no graph, or it could not be launched.
  bool launch(Pass& pass);
  void drop_all();
  static void drop(Pass& pass);

  DeviceContext& device_;
  std::vector<Pass> passes_;  // The one that came last is the first.
  std::uint64_t buffer_moves_ = 0;
};

}  // namespace nextline::cuda
