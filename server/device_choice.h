#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/backend/backend.h"
#include "engine/backend/cpu/thread_choice.h"
#include "engine/error.h"
#include "engine/model/model.h"
#include "server/command_line.h"
#include "server/device_name.h"

namespace nextline::server {

/// The value of `--isa` that chooses the float32 reference backend instead of an instruction set.
inline constexpr std::string_view kReferenceBackend = "reference";

/// The CPU or a CUDA device, and why this one.
struct ChosenDevice {
  DeviceName name;
  std::string reason;  ///< "asked for with --device"
};

/// What computes a model.
struct ChosenBackend {
  std::unique_ptr<Backend> backend;
  ChosenDevice device;
  /// For the log: why the CPU computes though there is a CUDA backend. Mostly empty.
  std::string remark;
  std::optional<cpu::ThreadChoice> threads;  ///< Nothing: the backend has no threads of its own.
};

/// Of all tensors of a model.
std::uint64_t weight_bytes(const Model& model);

/// Fails for devices and instruction sets that this build or this machine does not have.
Result<void> check_device(const GlobalOptions& options);

/// Takes the device that was asked for, or fails; of a model that does not fit there, before
/// anything of it is copied. For "auto", a CUDA device that has room for the model, if the CPU is
/// not asked for by an instruction set; else the CPU.
Result<ChosenBackend> choose_backend(const Model& model, const GlobalOptions& options);

/// The CPU, whatever device was asked for: where that has failed.
Result<ChosenBackend> choose_cpu(const Model& model, const GlobalOptions& options);

}  // namespace nextline::server
