#include "server/device_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/backend/cpu/cpu_backend.h"
#include "engine/backend/reference/reference_backend.h"
#include "server/cuda_devices.h"

namespace nextline::server {
namespace {

using Kind = DeviceName::Kind;

Result<void> check_instruction_set(const std::string& name) {
  if (name.empty() || name == kReferenceBackend) return {};
  const auto wanted = cpu::instruction_set_from_name(name);
  if (!wanted) {
    return failure(
        fmt::format("There are no kernels for an instruction set '{}'; "
                    "there are portable, avx2, avx512, amx and reference.",
                    name));
  }
  const auto supported = cpu::supported_instruction_sets();
  if (std::find(supported.begin(), supported.end(), *wanted) != supported.end()) return {};
  return failure(
      fmt::format("This machine cannot execute {}; 'nextline doctor' shows what it can.", name));
}

/// Whether the CUDA device that was asked for is there.
Result<void> check_cuda(const CudaDevices& cuda, DeviceName name) {
  if (!cuda.was_built) {
    return failure(
        fmt::format("This build has no CUDA backend, so --device {} cannot be used; 'make cuda' "
                    "builds one, and --device cpu computes on the CPU.",
                    name.text()));
  }
  if (!cuda.obstacle.empty()) return failure(cuda.obstacle);
  if (cuda.with_number(name.number) != nullptr) return {};
  return failure(
      fmt::format("There is no device {} on this machine; 'nextline doctor' shows what "
                  "there is.",
                  name.text()));
}

Result<ChosenBackend> on_cpu(const Model& model, const GlobalOptions& options, std::string reason) {
  ChosenBackend chosen{nullptr, {{Kind::kCpu}, std::move(reason)}, {}, {}};
  if (options.instruction_set == kReferenceBackend) {
    chosen.backend = reference::create_backend(model);
    return chosen;
  }
  cpu::ThreadChoice threads;
  cpu::Options cpu_options;
  cpu_options.threads = options.threads;
  cpu_options.choice = &threads;
  if (!options.instruction_set.empty()) {
    cpu_options.instruction_set = cpu::instruction_set_from_name(options.instruction_set);
  }
  auto backend = cpu::create_backend(model, cpu_options);
  if (!backend) return tl::unexpected(backend.error());
  chosen.backend = std::move(*backend);
  chosen.threads = std::move(threads);
  return chosen;
}

Result<ChosenBackend> on_cuda(const Model& model, const cuda::Library& library,
                              const GlobalOptions& options, std::uint32_t number,
                              std::string reason) {
  auto backend =
      library.create_backend(model, {.device = number, .kv_bytes = options.device_memory});
  if (!backend) return tl::unexpected(backend.error());
  return ChosenBackend{std::move(*backend), {{Kind::kCuda, number}, std::move(reason)}, {}, {}};
}

/// Why a device cannot compute the model, and what could be done; empty if it can.
std::string refusal_by(const cuda::Device& device, const Model& model) {
  const std::uint64_t bytes = weight_bytes(model);
  std::string refusal = obstacle_of(device, bytes);
  const auto catalogue = models::Catalogue::load();
  if (refusal.empty() || !catalogue) return refusal;
  const std::string advice = advice_for(device, bytes, catalogue->entries());
  return advice.empty() ? refusal : refusal + " " + advice;
}

Result<ChosenBackend> on_asked_for_cuda(const Model& model, const GlobalOptions& options) {
  const DeviceName name = options.device;
  const CudaDevices cuda = CudaDevices::find();
  if (auto there = check_cuda(cuda, name); !there) return tl::unexpected(there.error());
  const std::string refusal = refusal_by(*cuda.with_number(name.number), model);
  if (!refusal.empty()) {
    cuda.release();
    return failure(refusal);
  }
  return on_cuda(model, *cuda.library, options, name.number, options.asked_for("device"));
}

Result<ChosenBackend> on_best_device(const Model& model, const GlobalOptions& options) {
  const CudaDevices cuda = CudaDevices::find();
  std::string obstacle = cuda.obstacle;
  for (const cuda::Device& device : cuda.devices) {
    if (obstacle.empty()) obstacle = refusal_by(device, model);
  }
  for (const cuda::Device& device : cuda.usable_for(weight_bytes(model))) {
    auto chosen = on_cuda(model, *cuda.library, options, device.number,
                          cuda.devices.size() == 1 ? "the CUDA device that there is"
                                                   : "the CUDA device with the most free memory");
    if (chosen) return chosen;
    obstacle = chosen.error().message;
  }
  cuda.release();
  auto chosen = on_cpu(model, options, "no CUDA device can be used");
  if (chosen && cuda.was_built) chosen->remark = "The CPU computes: " + obstacle;
  return chosen;
}

}  // namespace

std::uint64_t weight_bytes(const Model& model) {
  std::uint64_t bytes = 0;
  for (const gguf::Tensor& tensor : model.file().tensors()) bytes += tensor.data.size();
  return bytes;
}

Result<void> check_device(const GlobalOptions& options) {
  const DeviceName device = options.device;
  if (device.kind == Kind::kCuda && !options.instruction_set.empty()) {
    return failure(fmt::format(
        "--isa chooses among instruction sets of the CPU, so it cannot go with --device {}.",
        device.text()));
  }
  if (device.kind == Kind::kCuda) return check_cuda(CudaDevices::find(), device);
  return check_instruction_set(options.instruction_set);
}

Result<ChosenBackend> choose_backend(const Model& model, const GlobalOptions& options) {
  if (options.device.kind == Kind::kCuda) return on_asked_for_cuda(model, options);
  if (options.device.kind == Kind::kCpu) return on_cpu(model, options, options.asked_for("device"));
  if (!options.instruction_set.empty()) return on_cpu(model, options, options.asked_for("isa"));
  return on_best_device(model, options);
}

Result<ChosenBackend> choose_cpu(const Model& model, const GlobalOptions& options) {
  return on_cpu(model, options, "the device that was chosen has failed");
}

}  // namespace nextline::server
