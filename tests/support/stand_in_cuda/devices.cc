// A CUDA backend for tests, whose devices are made up. The one that works computes on the CPU.
#include "engine/backend/cpu/cpu_backend.h"
#include "engine/backend/cuda/cuda_interface.h"

namespace nextline::cuda {
namespace {

constexpr std::uint64_t kGigabyte = 1'000'000'000;
constexpr std::uint32_t kBroken = 2;

Result<std::vector<Device>> find() {
  return std::vector<Device>{{0, "Old", 7, 5, 16 * kGigabyte, 15 * kGigabyte},
                             {1, "Full", 8, 9, 24 * kGigabyte, kGigabyte / 2},
                             {kBroken, "Broken", 9, 0, 80 * kGigabyte, 79 * kGigabyte},
                             {3, "Sound", 8, 0, 40 * kGigabyte, 39 * kGigabyte}};
}

Result<std::unique_ptr<Backend>> create(const Model& model, const Options& options) {
  if (options.device == kBroken) return failure("cuda:2 (Broken) does not answer.");
  cpu::Options one_thread;
  one_thread.threads = 1;
  return cpu::create_backend(model, one_thread);
}

constexpr Interface kInterface{kInterfaceVersion, interface_layout(), &find, &create};

}  // namespace
}  // namespace nextline::cuda

extern "C" __attribute__((visibility("default"))) const nextline::cuda::Interface*
nextline_cuda_interface() {
  return &nextline::cuda::kInterface;
}
