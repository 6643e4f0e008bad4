#pragma once

#include "engine/backend/cuda/choose.h"
#include "engine/backend/cuda/device_context.h"
#include "engine/backend/cuda/pass_shape.h"
#include "engine/model/hyperparameters.h"

namespace nextline::cuda {

/// What a pass computes on its way, and what comes back; [rows × …].
struct PassBuffers {
  DeviceBuffer<float> hidden;         // embedding: the residual stream
  DeviceBuffer<float> asking_hidden;  // embedding; of the rows that ask for logits
  DeviceBuffer<float> normed;         // embedding, in lane order: hidden · the next norm's weights
  DeviceBuffer<float> projected;      // query_length + 2 · kv_length
  DeviceBuffer<float> queries;        // query_length
  DeviceBuffer<float> attended;       // query_length; of few rows in lane order
  DeviceBuffer<float> gates;          // 2 · feed_forward; where gate and up are of two types
  DeviceBuffer<float> activated;      // feed_forward, in lane order
  DeviceBuffer<float> logits;         // vocabulary; of so many rows as are computed at a time
  DeviceBuffer<PickedToken> picked;

  PinnedBuffer<float> pinned_logits;
  PinnedBuffer<PickedToken> pinned_picked;

  /// Makes room for a pass, by the kernels for few rows or through cuBLAS; for the logits of so
  /// many rows at a time.
  bool reserve(DeviceContext& device, const Hyperparameters& h, const PassShape& shape, bool is_few,
               std::uint32_t logit_rows);
};

}  // namespace nextline::cuda
