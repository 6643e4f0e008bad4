// The functions of cuda_backend.h, by way of the shared library: what tests of the backend are
// linked with where there is a GPU, instead of the backend itself on the emulated device.
#include "engine/backend/cuda/cuda_backend.h"
#include "engine/backend/cuda/cuda_library.h"

namespace nextline::cuda {
namespace {

Result<Library> library() {
  auto found = Library::find();
  if (!found) return tl::unexpected(found.error());
  if (!found->has_value()) return failure("libnextline_cuda.so is not beside this program.");
  return **found;
}

}  // namespace

Result<std::vector<Device>> find_devices() {
  return library().and_then([](const Library& loaded) { return loaded.find_devices(); });
}

Result<std::unique_ptr<Backend>> create_backend(const Model& model, const Options& options) {
  return library().and_then(
      [&](const Library& loaded) { return loaded.create_backend(model, options); });
}

}  // namespace nextline::cuda
