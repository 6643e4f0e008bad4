#pragma once

#include "tests/cuda_device/cuda_device.h"

namespace nextline::cuda_device {

/// A call of one of the functions that programs see, as the function itself knows it: with
/// `ApiCall from = {__builtin_FUNCTION(), __builtin_return_address(0)}` for a parameter, a helper
/// is told which function it helps, and where that one returns to.
struct ApiCall {
  const char* function;
  const void* return_address;
  const void* kernel = nullptr;
};

/// The place of a call that is under way on this thread.
CallSite site_of(const ApiCall& call);

}  // namespace nextline::cuda_device
