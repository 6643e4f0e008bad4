#pragma once

#include <cstdint>

#include "engine/model/model.h"

namespace nextline::bench {

/// What a forward pass cannot avoid, whatever computes it.

/// Multiply-accumulates with the weight matrices for `rows` rows, of which `asking_rows` want
/// logits: behind the last layer's keys and values only those matter. Attention is left out: it is
/// computed in floats, and a limit for bytes says nothing about it.
std::uint64_t matrix_products(const Model& model, std::uint64_t rows, std::uint64_t asking_rows);

/// Bytes of the tensors, as large as they are in the file, that a pass of one row with logits reads
/// from end to end. The one row of the token embedding is left out; the output head is not.
std::uint64_t weight_bytes(const Model& model);

}  // namespace nextline::bench
