#include "tests/unit/session/session_backend.h"

#include <cstdlib>
#include <string_view>

#include "tests/unit/cuda/cuda_fixture.h"

namespace nextline::test {
namespace {

bool environment_has(const char* name, std::string_view value) {
  const char* const found = std::getenv(name);
  return found != nullptr && found == value;
}

}  // namespace

/// The environment says which products passes go through: "own" kernels (as if nothing is said) or
/// "cublas". A cache that is refreshed equals a fresh one within one of the two. And whether keys
/// and values have "little" of the device's memory: one page, which is the least, where documents
/// take two to 32. So nearly all of what passes read lies in the host's memory or comes back from
/// there.
std::unique_ptr<Backend> session_backend(const Model& model, std::uint32_t /*threads*/) {
  cuda::Options options;
  options.few_rows =
      few_rows_of(environment_has("NEXTLINE_TEST_PRODUCTS", "cublas") ? Products::kCublas
                                                                      : Products::kOwnKernels);
  if (environment_has("NEXTLINE_TEST_KV_MEMORY", "little")) options.kv_bytes = page_bytes_of(model);
  auto backend = cuda::create_backend(model, options);
  if (backend) return std::move(*backend);
  ADD_FAILURE() << backend.error().message;
  std::abort();
}

const int kRandomSteps = 60;

}  // namespace nextline::test
