#include "tests/unit/session/session_backend.h"

#include <cstdlib>
#include <string_view>

#include "tests/unit/cuda/cuda_fixture.h"

namespace nextline::test {

/// The environment says which products passes go through: "own" kernels (as if nothing is said) or
/// "cublas". A cache that is refreshed equals a fresh one within one of the two.
std::unique_ptr<Backend> session_backend(const Model& model, std::uint32_t /*threads*/) {
  const char* const products = std::getenv("NEXTLINE_TEST_PRODUCTS");
  const bool is_cublas = products != nullptr && std::string_view(products) == "cublas";
  auto backend = cuda::create_backend(
      model, {0, few_rows_of(is_cublas ? Products::kCublas : Products::kOwnKernels)});
  if (backend) return std::move(*backend);
  ADD_FAILURE() << backend.error().message;
  std::abort();
}

const int kRandomSteps = 60;

}  // namespace nextline::test
