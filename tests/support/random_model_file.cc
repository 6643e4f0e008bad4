// Writes a small model with random weights for tests that run the whole program: it is loaded in a
// moment, computes thousands of rows a second, and says nonsense.
//
//   random_model PATH [MODEL]
//
// With a MODEL it has that model's tokeniser, so that texts are as many tokens as they are for it;
// else a tiny one, to which nearly every byte is a token.

#include <cstdio>
#include <filesystem>
#include <optional>

#include "engine/gguf/gguf_file.h"
#include "tests/support/copied_vocabulary.h"
#include "tests/support/random_model.h"

namespace {

using namespace nextline;

int write_model(const std::filesystem::path& path, const gguf::File* tokenizer_of) {
  // Narrow, since of a large vocabulary the logits take nearly all the time.
  test::RandomModelOptions options{.architecture = "qwen2",
                                   .embedding_length = 32,
                                   .head_count = 2,
                                   .head_count_kv = 1,
                                   .feed_forward_length = 64,
                                   .context_length = 32768,
                                   .rope_freq_base = 1e6F,
                                   .matrix_type = gguf::TensorType::kQ8_0,
                                   .tokenizer_of = tokenizer_of};
  if (tokenizer_of) options.vocabulary_size = test::vocabulary_size(*tokenizer_of);
  if (test::random_model_writer(options).write_to(path)) return 0;
  std::fprintf(stderr, "random_model: %s cannot be written.\n", path.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fputs("random_model PATH [MODEL]\n", stderr);
    return 2;
  }
  if (argc == 2) return write_model(argv[1], nullptr);
  const auto model = gguf::File::open(argv[2]);
  if (!model) std::fprintf(stderr, "random_model: %s\n", model.error().message.c_str());
  return model ? write_model(argv[1], &*model) : 1;
}
