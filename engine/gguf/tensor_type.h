#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace nextline::gguf {

/// The storage types of tensors that Nextline reads, with their numbers in the GGUF format.
/// Quantised types store blocks of consecutive elements of a row with shared scales.
enum class TensorType : std::uint32_t {
  kF32 = 0,
  kF16 = 1,
  kQ4_0 = 2,
  kQ4_1 = 3,
  kQ5_0 = 6,
  kQ5_1 = 7,
  kQ8_0 = 8,
  kQ4_K = 12,
  kQ5_K = 13,
  kQ6_K = 14,
  kBF16 = 30,
};

/// Size and name of a storage type.
struct TensorTypeTraits {
  std::string_view name;         ///< As in the GGUF specification, e.g. "Q4_K".
  std::uint32_t block_elements;  ///< Elements per block; a row holds whole blocks.
  std::uint32_t block_bytes;     ///< Bytes per block.
};

/// The type with this number in a file, or nothing if Nextline does not read it.
std::optional<TensorType> tensor_type_from_number(std::uint32_t number);

/// Every type that Nextline reads, in the order of their numbers.
std::span<const TensorType> tensor_types();

/// What the GGUF format calls the type with this number, whether Nextline reads it or not;
/// empty if the format gives the number to no type.
std::string_view tensor_type_name(std::uint32_t number);

/// Traits of a type. Thread-safe.
const TensorTypeTraits& traits_of(TensorType type);

/// Expands one row to float32, exactly as the GGUF format defines the type.
/// `row` holds `values.size()` elements in whole blocks: `values.size()` is a multiple of
/// `block_elements`, and `row.size()` is the matching number of bytes. Thread-safe.
void dequantize_row(TensorType type, std::span<const std::byte> row, std::span<float> values);

/// IEEE 754 binary16 to binary32; exact.
float half_to_float(std::uint16_t half);

/// Binary32 to binary16, rounding to nearest, ties to even; overflow gives infinity. NaNs become
/// quiet and keep their sign and the upper bits of their payload.
std::uint16_t float_to_half(float value);

/// Bfloat16, the upper half of a binary32 number, to binary32; exact.
float bfloat16_to_float(std::uint16_t bfloat16);

/// Binary32 to bfloat16, rounding to nearest, ties to even; overflow gives infinity. NaNs become
/// quiet and keep their sign and the upper bits of their payload.
std::uint16_t float_to_bfloat16(float value);

}  // namespace nextline::gguf
