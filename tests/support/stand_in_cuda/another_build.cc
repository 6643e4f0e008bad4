// A CUDA backend that another build has left behind.
#include "engine/backend/cuda/cuda_interface.h"

namespace {

constexpr nextline::cuda::Interface kInterface{nextline::cuda::kInterfaceVersion,
                                               nextline::cuda::interface_layout() + 1, nullptr,
                                               nullptr, nullptr};

}  // namespace

extern "C" __attribute__((visibility("default"))) const nextline::cuda::Interface*
nextline_cuda_interface() {
  return &kInterface;
}
