// Writes what a model says behind every token of a source file, so that another program can compare
// it with an independent implementation.
//
//   logits_dump MODEL BACKEND SOURCE OUTPUT      BACKEND: reference, or an instruction set
//
// OUTPUT is in the machine's byte order: the number of tokens N and the vocabulary size V, 32 bits
// each; N token ids of 32 bits, the model's sink and then the source; N × V logits in float32.

#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/backend/cpu/cpu_backend.h"
#include "engine/backend/reference/reference_backend.h"
#include "engine/model/model.h"
#include "tests/oracle/every_logit.h"

namespace nextline::oracle {
namespace {

Result<std::unique_ptr<Backend>> create_backend(const Model& model, const std::string& name) {
  if (name == "reference") return reference::create_backend(model);
  const auto instruction_set = cpu::instruction_set_from_name(name);
  if (!instruction_set) return failure("There is no backend called \"" + name + "\".");
  return cpu::create_backend(model, {instruction_set, 0});
}

Result<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return failure("The file \"" + path + "\" cannot be read.");
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

template <typename Number>
void write(std::ofstream& file, std::span<const Number> numbers) {
  file.write(reinterpret_cast<const char*>(numbers.data()),
             static_cast<std::streamsize>(numbers.size_bytes()));
}

Result<void> dump(const std::string& model_path, const std::string& backend_name,
                  const std::string& source_path, const std::string& output_path) {
  const auto model = Model::load(model_path);
  if (!model) return tl::unexpected(model.error());
  const auto backend = create_backend(**model, backend_name);
  if (!backend) return tl::unexpected(backend.error());
  const auto text = read_text(source_path);
  if (!text) return tl::unexpected(text.error());

  std::vector<TokenId> tokens = (*model)->tokenizer().encode(*text);
  tokens.insert(tokens.begin(), (*model)->sink());
  const auto logits = every_logit(**backend, tokens);
  if (!logits) return tl::unexpected(logits.error());

  std::ofstream output(output_path, std::ios::binary);
  const std::uint32_t header[] = {static_cast<std::uint32_t>(tokens.size()),
                                  (*model)->hyperparameters().vocabulary_size};
  write(output, std::span<const std::uint32_t>(header));
  write(output, std::span<const TokenId>(tokens));
  for (std::size_t row = 0; row < logits->row_count(); ++row) write(output, logits->row(row));
  if (!output.flush()) return failure("The file \"" + output_path + "\" cannot be written.");
  return {};
}

}  // namespace
}  // namespace nextline::oracle

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: logits_dump MODEL reference|portable|avx2|avx512|amx SOURCE OUTPUT\n";
    return 2;
  }
  const auto result = nextline::oracle::dump(argv[1], argv[2], argv[3], argv[4]);
  if (!result) {
    std::cerr << result.error().message << "\n";
    return 1;
  }
  return 0;
}
