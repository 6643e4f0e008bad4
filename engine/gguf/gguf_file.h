#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/error.h"
#include "engine/gguf/tensor_type.h"

namespace nextline::gguf {

/// A homogeneous array of numbers or booleans in the metadata, as it lies in the file
/// (little-endian, unaligned).
struct NumberArray {
  std::uint32_t element_type;  ///< GGUF value type number of the elements.
  std::uint64_t count;
  std::span<const std::byte> bytes;
};

/// A metadata value. Integers of every width are widened; strings are views into the file.
using Value = std::variant<std::uint64_t, std::int64_t, double, bool, std::string_view, NumberArray,
                           std::vector<std::string_view>>;

/// A tensor's place in the file.
struct Tensor {
  std::string_view name;
  TensorType type;
  /// Elements per dimension, innermost first: a matrix is {columns, rows, 1, 1}.
  std::array<std::uint64_t, 4> shape;
  std::span<const std::byte> data;  ///< Whole rows, one after the other.

  std::uint64_t columns() const { return shape[0]; }
  std::uint64_t rows() const { return shape[1] * shape[2] * shape[3]; }
  std::size_t row_bytes() const { return data.size() / rows(); }
  std::span<const std::byte> row(std::uint64_t index) const {
    return data.subspan(index * row_bytes(), row_bytes());
  }
};

/// A model file in the GGUF format (version 2 or 3, little-endian), mapped read-only into memory.
///
/// Every count, length and offset is checked against the file before it is used, so that a File
/// that exists is one whose metadata and tensors can be read without further checks.
/// Immutable after opening: any number of threads may read it. Movable; views stay valid on a move.
/// The file on disk must not be shortened while it is open: reading a page that is gone ends the
/// process. Replacing it by renaming another file over it is safe.
class File {
 public:
  File(File&&) noexcept;
  File& operator=(File&&) noexcept;
  ~File();

  /// Maps and checks the file at `path`. Fails with a sentence that names the file and what is
  /// wrong with it: missing, truncated, not GGUF, absurd counts, offsets outside the file, a tensor
  /// type that is not read.
  static Result<File> open(const std::filesystem::path& path);

  /// Checks a file that is already in memory; `bytes` must outlive the File. `name` stands for the
  /// path in error sentences.
  static Result<File> parse(std::span<const std::byte> bytes, std::string name);

  /// All metadata, ordered by key.
  const std::map<std::string_view, Value, std::less<>>& metadata() const { return metadata_; }

  /// The metadata value at `key`, or nothing.
  const Value* find(std::string_view key) const;

  /// Typed access: nothing if the key is missing or holds another kind of value.
  /// `unsigned_integer` and `number` also accept the other numeric kinds where no value is lost.
  std::optional<std::uint64_t> unsigned_integer(std::string_view key) const;
  std::optional<double> number(std::string_view key) const;
  std::optional<bool> boolean(std::string_view key) const;
  std::optional<std::string_view> string(std::string_view key) const;
  const std::vector<std::string_view>* strings(std::string_view key) const;
  /// An array of integers of any width, widened; nothing if missing or not integers.
  std::optional<std::vector<std::int64_t>> integers(std::string_view key) const;

  /// The tensor with this name, or nothing.
  const Tensor* find_tensor(std::string_view name) const;
  std::span<const Tensor> tensors() const { return tensors_; }

  /// The path or name the file was opened with.
  const std::string& name() const { return name_; }
  std::size_t size_bytes() const { return bytes_.size(); }
  std::span<const std::byte> bytes() const { return bytes_; }  ///< The whole file.
  std::uint32_t version() const { return version_; }

  /// Tells the kernel that these bytes will not be needed soon, so that their pages can go.
  void release_pages(std::span<const std::byte> bytes) const;
  /// Tells the kernel that of these bytes some will be read here, some there, so that reading ahead
  /// is of no use.
  void expect_scattered_reads(std::span<const std::byte> bytes) const;

 private:
  void advise(std::span<const std::byte> bytes, int advice) const;

  class Mapping;  // Unmaps on destruction.
  class Parser;   // Fills a File, checking every step.

  File();

  std::string name_;
  std::unique_ptr<const Mapping> mapping_;  // Empty for a file parsed from memory.
  std::span<const std::byte> bytes_;
  std::uint32_t version_ = 0;
  std::map<std::string_view, Value, std::less<>> metadata_;
  std::vector<Tensor> tensors_;
  std::map<std::string_view, std::size_t, std::less<>> tensor_index_;
};

}  // namespace nextline::gguf
