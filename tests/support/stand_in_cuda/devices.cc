// A CUDA backend for tests, whose devices are made up. Those that work compute on the CPU, one of
// them not for long.
#include "engine/backend/cpu/cpu_backend.h"
#include "engine/backend/cuda/cuda_interface.h"
#include "tests/support/breakable_backend.h"

namespace nextline::cuda {
namespace {

constexpr std::uint64_t kGigabyte = 1'000'000'000;
constexpr std::uint32_t kBroken = 2;
constexpr std::uint32_t kFailing = 4;

/// Its passes: those that tell whether the model's keys can be shifted, and one more.
constexpr std::int64_t kPassesUntilFailure = 3;

struct OnCpu {
  std::unique_ptr<Backend> computing;
};

class FailingBackend final : OnCpu, public test::BreakableBackend {
 public:
  explicit FailingBackend(std::unique_ptr<Backend> on_cpu)
      : OnCpu{std::move(on_cpu)}, BreakableBackend(*computing) {
    break_after(kPassesUntilFailure);
  }
};

Result<std::vector<Device>> find() {
  return std::vector<Device>{{0, "Old", 7, 5, 16 * kGigabyte, 15 * kGigabyte},
                             {1, "Full", 8, 9, 24 * kGigabyte, kGigabyte / 2},
                             {kBroken, "Broken", 9, 0, 80 * kGigabyte, 79 * kGigabyte},
                             {3, "Sound", 8, 0, 40 * kGigabyte, 39 * kGigabyte},
                             {kFailing, "Failing", 8, 0, 24 * kGigabyte, 23 * kGigabyte}};
}

Result<std::unique_ptr<Backend>> create(const Model& model, const Options& options) {
  if (options.device == kBroken) return failure("cuda:2 (Broken) does not answer.");
  cpu::Options one_thread;
  one_thread.threads = 1;
  auto backend = cpu::create_backend(model, one_thread);
  if (backend && options.device == kFailing) {
    return std::make_unique<FailingBackend>(std::move(*backend));
  }
  return backend;
}

void release() {}

constexpr Interface kInterface{kInterfaceVersion, interface_layout(), &find, &create, &release};

}  // namespace
}  // namespace nextline::cuda

extern "C" __attribute__((visibility("default"))) const nextline::cuda::Interface*
nextline_cuda_interface() {
  return &nextline::cuda::kInterface;
}
