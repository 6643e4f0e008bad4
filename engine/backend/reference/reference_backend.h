#pragma once

#include <memory>

#include "engine/backend/backend.h"

namespace nextline::reference {

/// The slow twin of every other backend: float32 throughout, weights dequantised as the file
/// defines them, keys and values stored as float32, one plain loop after the other. It is meant to
/// be read from top to bottom, and to be right. `model` must outlive it.
std::unique_ptr<Backend> create_backend(const Model& model);

}  // namespace nextline::reference
