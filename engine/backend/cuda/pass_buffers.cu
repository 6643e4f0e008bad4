#include "engine/backend/cuda/pass_buffers.h"

#include "engine/backend/cuda/packed_matrix.h"

namespace nextline::cuda {
namespace {

/// Kernels for few rows take them 16 by 16.
std::size_t padded(std::uint32_t rows) { return (std::size_t{rows} + 15) / 16 * 16; }

}  // namespace

bool PassBuffers::reserve(DeviceContext& device, const Hyperparameters& h, const PassShape& shape,
                          bool is_few, std::uint32_t logit_rows) {
  const std::size_t rows = padded(shape.row_count);
  const std::size_t asking = padded(shape.asking_count);
  const std::size_t row_logits = std::size_t{logit_rows} * h.vocabulary_size;
  const bool done = hidden.reserve(device, rows * h.embedding_length) &&
                    asking_hidden.reserve(device, asking * h.embedding_length) &&
                    normed.reserve(device, rows * lane_order_length(h.embedding_length)) &&
                    queries.reserve(device, rows * h.query_length()) &&
                    logits.reserve(device, row_logits);
  const bool has_results = done && (shape.result == PassResult::kLogits
                                        ? pinned_logits.reserve(device, row_logits)
                                        : picked.reserve(device, shape.asking_count) &&
                                              pinned_picked.reserve(device, shape.asking_count));
  if (!is_few) return has_results && attended.reserve(device, rows * h.query_length());
  const std::size_t heads = h.query_length() + 2 * std::size_t{h.kv_length()};
  return has_results && projected.reserve(device, rows * heads) &&
         attended.reserve(device, rows * lane_order_length(h.query_length())) &&
         gates.reserve(device, rows * 2 * h.feed_forward_length) &&
         activated.reserve(device, rows * lane_order_length(h.feed_forward_length));
}

}  // namespace nextline::cuda
