#include "tests/unit/session/session_backend.h"

#include "tests/support/engine_fixture.h"

namespace nextline::test {

std::unique_ptr<Backend> session_backend(const Model& model, std::uint32_t threads) {
  return cpu_backend(model, threads);
}

const int kRandomSteps = 4000;

}  // namespace nextline::test
