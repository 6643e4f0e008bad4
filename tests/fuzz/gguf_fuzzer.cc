#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <utility>

#include "engine/backend/reference/reference_backend.h"
#include "engine/gguf/gguf_file.h"
#include "engine/model/model.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/read_everything.h"

namespace {

using namespace nextline;

/// Of what a model's file says; its size says nothing of what a row takes.
constexpr std::uint64_t kMostMultiplications = 1U << 22;

bool is_quick(const Model& model) {
  std::uint64_t elements = 0;
  for (const gguf::Tensor& tensor : model.file().tensors()) {
    elements += tensor.rows() * tensor.columns();
  }
  return elements <= kMostMultiplications;
}

/// A file that is a model's computes its tokens, whatever else it says; the reference does, whose
/// every access is watched.
void compute(const Model& model) {
  const auto backend = reference::create_backend(model);
  test::TestSequence sequence(*backend, 8);
  const auto last = static_cast<TokenId>(model.hyperparameters().vocabulary_size - 1);
  sequence.append(std::array<TokenId, 3>{model.sink(), last, 0});
}

}  // namespace

// Whatever the bytes are, reading them gives a sentence or a file whose every part can be read; and
// that is a model, or there is a sentence about it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto file = gguf::File::parse(std::as_bytes(std::span(data, size)), "input");
  if (!file) {
    if (file.error().message.empty()) std::abort();
    return 0;
  }
  test::read_everything(*file);
  const auto model = Model::load(std::move(*file));
  if (!model) {
    if (model.error().message.empty()) std::abort();
  } else if (is_quick(**model)) {
    compute(**model);
  }
  return 0;
}
