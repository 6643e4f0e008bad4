#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "engine/gguf/tensor_type.h"
#include "engine/gguf/value_type.h"
#include "tests/support/byte_writer.h"

namespace nextline::test {

/// Writes model files in the GGUF format: metadata and tensors in the order in which they are
/// added. Nothing is checked, so that files that are wrong can be written as well.
///
///   GgufWriter writer;
///   writer.add("general.architecture", "llama");
///   writer.add("llama.rope.freq_base", 10000.0f);
///   writer.add_tensor("output_norm.weight", gguf::TensorType::kF32, {64}, weights);
///   const std::vector<std::byte> file = writer.bytes();
class GgufWriter {
 public:
  explicit GgufWriter(std::uint32_t version = 3) : version_(version) {}

  /// Adds a metadata value; its C++ type decides its type in the file.
  template <typename Number>
  requires std::is_arithmetic_v<Number> GgufWriter& add(std::string_view key, Number value) {
    begin_metadata(key, value_type_of<Number>());
    metadata_.number(value);
    return *this;
  }
  GgufWriter& add(std::string_view key, std::string_view value);
  GgufWriter& add(std::string_view key, const char* value) {
    return add(key, std::string_view(value));
  }

  template <typename Number>
  requires std::is_arithmetic_v<Number> GgufWriter& add(std::string_view key,
                                                        const std::vector<Number>& values) {
    begin_array(key, value_type_of<Number>(), values.size());
    for (const Number value : values) metadata_.number(value);
    return *this;
  }
  GgufWriter& add(std::string_view key, const std::vector<std::string>& values);

  /// Adds `general.alignment` and heeds it.
  GgufWriter& set_alignment(std::uint32_t alignment);

  /// Adds a tensor, its dimensions innermost first, from data in its storage type.
  GgufWriter& add_tensor(std::string_view name, gguf::TensorType type,
                         const std::vector<std::uint64_t>& shape, std::span<const std::byte> data);
  /// The same, quantising `values`.
  GgufWriter& add_tensor(std::string_view name, gguf::TensorType type,
                         const std::vector<std::uint64_t>& shape, std::span<const float> values);

  /// The whole file. No padding follows the last tensor: each byte of it matters.
  std::vector<std::byte> bytes() const;

  /// Writes the file to `path`; false if that fails.
  bool write_to(const std::filesystem::path& path) const;

 private:
  template <typename Number>
  static constexpr gguf::ValueType value_type_of();

  void begin_metadata(std::string_view key, gguf::ValueType type);
  void begin_array(std::string_view key, gguf::ValueType element_type, std::uint64_t count);

  std::uint32_t version_;
  std::uint32_t alignment_ = 32;
  std::uint64_t metadata_count_ = 0;
  std::uint64_t tensor_count_ = 0;
  ByteWriter metadata_;
  ByteWriter tensor_table_;
  ByteWriter data_;
};

template <typename Number>
constexpr gguf::ValueType GgufWriter::value_type_of() {
  using gguf::ValueType;
  if constexpr (std::same_as<Number, bool>) {
    return ValueType::kBool;
  } else if constexpr (std::floating_point<Number>) {
    return sizeof(Number) == 4 ? ValueType::kFloat32 : ValueType::kFloat64;
  } else {
    constexpr bool kSigned = std::is_signed_v<Number>;
    switch (sizeof(Number)) {
      case 1:
        return kSigned ? ValueType::kInt8 : ValueType::kUint8;
      case 2:
        return kSigned ? ValueType::kInt16 : ValueType::kUint16;
      case 4:
        return kSigned ? ValueType::kInt32 : ValueType::kUint32;
      default:
        return kSigned ? ValueType::kInt64 : ValueType::kUint64;
    }
  }
}

}  // namespace nextline::test
