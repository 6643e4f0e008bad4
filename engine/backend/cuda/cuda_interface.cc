#include "engine/backend/cuda/cuda_interface.h"

namespace nextline::cuda {
namespace {

constexpr Interface kInterface{kInterfaceVersion, interface_layout(), &find_devices,
                               &create_backend, &release_devices};

}  // namespace
}  // namespace nextline::cuda

extern "C" __attribute__((visibility("default"))) const nextline::cuda::Interface*
nextline_cuda_interface() {
  return &nextline::cuda::kInterface;
}
