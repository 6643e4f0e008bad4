// Writes the first inputs of gguf_fuzzer: small files that together hold every kind of metadata
// and of tensor, and the smallest models of each architecture.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/gguf_writer.h"
#include "tests/support/random_model.h"
#include "tests/support/tiny_vocabulary.h"

namespace {

using nextline::gguf::TensorType;
using nextline::test::GgufWriter;
using nextline::test::RandomModelOptions;
using nextline::test::RandomRopeScaling;

GgufWriter numbers() {
  GgufWriter writer(2);
  writer.add("u8", std::uint8_t{1}).add("i8", std::int8_t{-1});
  writer.add("u16", std::uint16_t{2}).add("i16", std::int16_t{-2});
  writer.add("u32", std::uint32_t{3}).add("i32", std::int32_t{-3});
  writer.add("u64", std::uint64_t{4}).add("i64", std::int64_t{-4});
  writer.add("f32", 0.5f).add("f64", 0.25).add("bool", true);
  return writer;
}

GgufWriter arrays() {
  GgufWriter writer;
  writer.add("u8", std::vector<std::uint8_t>{1}).add("i8", std::vector<std::int8_t>{-1});
  writer.add("u16", std::vector<std::uint16_t>{2}).add("i16", std::vector<std::int16_t>{-2});
  writer.add("u32", std::vector<std::uint32_t>{3}).add("i32", std::vector<std::int32_t>{-3});
  writer.add("u64", std::vector<std::uint64_t>{4}).add("i64", std::vector<std::int64_t>{-4});
  writer.add("f32", std::vector<float>{0.5f}).add("f64", std::vector<double>{0.25});
  writer.add("bool", std::vector<bool>{true}).add("empty", std::vector<float>{});
  return writer;
}

GgufWriter strings() {
  GgufWriter writer;
  writer.add("general.architecture", "llama");
  writer.add("tokenizer.ggml.tokens", std::vector<std::string>{"a", "", "bc"});
  return writer;
}

/// One block of the type, at an alignment of its own.
GgufWriter tensor(TensorType type, std::uint32_t alignment) {
  GgufWriter writer;
  const std::uint32_t columns = nextline::gguf::traits_of(type).block_elements;
  writer.set_alignment(alignment);
  writer.add_tensor("a", type, {columns}, std::vector<float>(columns, 0.5f));
  writer.add_tensor("b", type, {columns, 1, 2, 1}, std::vector<float>(2 * columns, -1.0f));
  return writer;
}

/// No more than is needed to be one, so that a fuzzer gets through many.
GgufWriter model(const std::string& architecture, RandomRopeScaling::Kind scaling) {
  RandomModelOptions options;
  options.architecture = architecture;
  options.layers = 1;
  options.embedding_length = 4;
  options.head_count = 2;
  options.head_count_kv = 1;
  options.head_dim = 4;
  options.feed_forward_length = 4;
  options.vocabulary_size = nextline::test::smallest_vocabulary_size();
  options.context_length = 64;
  options.rope_scaling.kind = scaling;
  return random_model_writer(options);
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    std::fprintf(stderr, "usage: gguf_seeds FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = arguments[1];
  bool written = GgufWriter().write_to(folder / "nothing");
  written &= numbers().write_to(folder / "numbers");
  written &= arrays().write_to(folder / "arrays");
  written &= strings().write_to(folder / "strings");
  std::uint32_t alignment = 1;
  for (const TensorType type : nextline::gguf::tensor_types()) {
    const std::string name(nextline::gguf::traits_of(type).name);
    written &= tensor(type, alignment).write_to(folder / name);
    alignment = alignment == 64 ? 1 : 2 * alignment;
  }
  using Kind = RandomRopeScaling::Kind;
  written &= model("llama", Kind::kLlama3).write_to(folder / "llama");
  written &= model("qwen2", Kind::kYarn).write_to(folder / "qwen2");
  written &= model("qwen3", Kind::kLinear).write_to(folder / "qwen3");
  return written ? 0 : 1;
}
