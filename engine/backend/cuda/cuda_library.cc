#include "engine/backend/cuda/cuda_library.h"

#include <dlfcn.h>

#include <string>
#include <system_error>

#include "engine/backend/cuda/cuda_interface.h"

namespace nextline::cuda {
namespace {

namespace fs = std::filesystem;

constexpr char kFileName[] = "libnextline_cuda.so";

/// The handle is never closed.
void* open(const char* file) { return ::dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE); }

/// Loading the backend takes hundreds of megabytes and milliseconds for cuBLAS, which machines
/// without a driver need not spend.
bool has_driver() { return open("libcuda.so.1") != nullptr; }

std::string last_cause() {
  const char* const cause = ::dlerror();
  return cause == nullptr ? std::string() : cause;
}

tl::unexpected<Error> cannot_load(const fs::path& file, const std::string& cause) {
  return failure("The CUDA backend " + file.string() + " cannot be loaded: " + cause + ".", cause);
}

/// Empty where the system does not say.
fs::path folder_of_program() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

}  // namespace

Result<std::optional<Library>> Library::find() {
  const fs::path beside = folder_of_program() / kFileName;
  std::error_code ignored;
  if (fs::exists(beside, ignored)) {
    if (has_driver()) return load(beside);
    return failure("There is no NVIDIA driver on this machine, so no CUDA device can be used.");
  }
  void* const handle = open(kFileName);
  if (handle != nullptr) return bind(handle, kFileName);
  const std::string cause = last_cause();
  // Of a library that itself is not found, the cause names it; else what it needs.
  if (cause.starts_with(std::string(kFileName) + ": cannot open")) return std::nullopt;
  return cannot_load(kFileName, cause);
}

Result<Library> Library::load(const fs::path& file) {
  void* const handle = open(file.c_str());
  if (handle == nullptr) return cannot_load(file, last_cause());
  return bind(handle, file);
}

Result<Library> Library::bind(void* handle, const fs::path& file) {
  const auto function = reinterpret_cast<InterfaceFunction>(::dlsym(handle, kInterfaceFunction));
  if (function == nullptr) return cannot_load(file, last_cause());
  const Interface& interface = *function();
  if (interface.version != kInterfaceVersion || interface.layout != interface_layout()) {
    return failure("The CUDA backend " + file.string() +
                   " is of another build than this program, so it cannot be used; "
                   "'make cuda' builds both.");
  }
  return Library(interface);
}

Result<std::vector<Device>> Library::find_devices() const { return interface_->find_devices(); }

Result<std::unique_ptr<Backend>> Library::create_backend(const Model& model,
                                                         const Options& options) const {
  return interface_->create_backend(model, options);
}

void Library::release_devices() const { interface_->release_devices(); }

}  // namespace nextline::cuda
