#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "engine/backend/cuda/cuda_backend.h"

namespace nextline::cuda {

struct Interface;

/// The CUDA backend where it is a shared library of its own, libnextline_cuda.so, so that what
/// loads it needs neither CUDA nor a driver to be there.
///
/// Once loaded, the library stays until the process ends: backends and storages may outlive the
/// object that they come from, and what the CUDA runtime leaves to be done at exit is still there.
/// Immutable; any thread may use it.
class Library {
 public:
  /// Looks beside the running program, then where the system looks for libraries. Nothing if the
  /// library is in neither place; fails if it is there but cannot be used, be it for want of a
  /// driver.
  static Result<std::optional<Library>> find();

  /// Fails if the file cannot be loaded or is of another build.
  static Result<Library> load(const std::filesystem::path& file);

  /// As the functions of cuda_backend.h, which they call.
  Result<std::vector<Device>> find_devices() const;
  Result<std::unique_ptr<Backend>> create_backend(const Model& model,
                                                  const Options& options = {}) const;
  void release_devices() const;

 private:
  explicit Library(const Interface& interface) : interface_(&interface) {}
  static Result<Library> bind(void* handle, const std::filesystem::path& file);

  const Interface* interface_;
};

}  // namespace nextline::cuda
