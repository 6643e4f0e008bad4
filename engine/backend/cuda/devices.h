#pragma once

#include <cstdint>

#include "engine/error.h"

namespace nextline::cuda {

/// How many devices there are, without looking at any. Fails with a sentence where there is no
/// driver or no device.
Result<std::uint32_t> count_devices();

}  // namespace nextline::cuda
