#include "tests/support/read_everything.h"

#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace nextline::test {
namespace {

/// FNV-1a.
class Digest {
 public:
  void add(std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) {
      value_ = (value_ ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3;
    }
  }
  void add(std::string_view text) { add(std::as_bytes(std::span(text.data(), text.size()))); }
  template <typename Number>
  void add_number(Number number) {
    add(std::as_bytes(std::span(&number, 1)));
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325;
};

void add_metadata(const gguf::File& file, Digest& digest) {
  for (const auto& [key, value] : file.metadata()) {
    digest.add(key);
    if (const auto* array = std::get_if<gguf::NumberArray>(&value)) digest.add(array->bytes);
    if (const auto number = file.unsigned_integer(key)) digest.add_number(*number);
    if (const auto number = file.number(key)) digest.add_number(*number);
    if (const auto boolean = file.boolean(key)) digest.add_number(*boolean);
    if (const auto string = file.string(key)) digest.add(*string);
    if (const auto integers = file.integers(key)) {
      for (const std::int64_t integer : *integers) digest.add_number(integer);
    }
    if (const auto* strings = file.strings(key)) {
      for (const std::string_view string : *strings) digest.add(string);
    }
  }
}

void add_tensor(const gguf::Tensor& tensor, Digest& digest) {
  digest.add(tensor.name);
  digest.add(tensor.data);
  std::vector<float> row(tensor.columns());
  gguf::dequantize_row(tensor.type, tensor.row(0), row);
  digest.add(std::as_bytes(std::span(row)));
}

}  // namespace

std::uint64_t read_everything(const gguf::File& file) {
  Digest digest;
  add_metadata(file, digest);
  for (const gguf::Tensor& tensor : file.tensors()) add_tensor(tensor, digest);
  return digest.value();
}

}  // namespace nextline::test
