#include <bit>
#include <string>
#include <utility>

#include "engine/gguf/byte_reader.h"
#include "engine/gguf/gguf_file.h"
#include "engine/gguf/value_type.h"

namespace nextline::gguf {
namespace {

// The fewest bytes that one entry can take; a count that claims more entries than fit in the rest
// of the file is refused before anything is allocated for it.
constexpr std::uint64_t kSmallestString = 8;
constexpr std::uint64_t kSmallestMetadata = kSmallestString + 4 + 1;
constexpr std::uint64_t kSmallestTensor = kSmallestString + 4 + 8 + 4 + 8;

constexpr std::uint64_t kDefaultAlignment = 32;

/// The bytes of one element of an array of numbers; 0 for types that are not numbers.
std::uint64_t number_bytes(ValueType type) {
  switch (type) {
    case ValueType::kUint8:
    case ValueType::kInt8:
    case ValueType::kBool:
      return 1;
    case ValueType::kUint16:
    case ValueType::kInt16:
      return 2;
    case ValueType::kUint32:
    case ValueType::kInt32:
    case ValueType::kFloat32:
      return 4;
    case ValueType::kUint64:
    case ValueType::kInt64:
    case ValueType::kFloat64:
      return 8;
    case ValueType::kString:
    case ValueType::kArray:
      break;
  }
  return 0;
}

/// 1234567 as "1,234,567".
std::string with_separators(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t end = digits.size(); end > 3; end -= 3) digits.insert(end - 3, 1, ',');
  return digits;
}

/// A name from the file in quotation marks. It can hold anything, of any length, and is to be shown
/// on a terminal: what is not printable ASCII is written as \xNN, and the end of a long one is cut.
std::string quoted(std::string_view name) {
  constexpr std::size_t kLongest = 80;
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  std::string text = "\"";
  for (const char character : name.substr(0, kLongest)) {
    const auto code = static_cast<unsigned char>(character);
    if (code >= 0x20 && code < 0x7f) {
      text += character;
    } else {
      text += {'\\', 'x', kHexDigits[code >> 4], kHexDigits[code & 15]};
    }
  }
  return text + (name.size() > kLongest ? "...\"" : "\"");
}

std::string list_of_tensor_types() {
  std::string list;
  for (const TensorType type : tensor_types()) {
    if (!list.empty()) list += type == tensor_types().back() ? " and " : ", ";
    list += traits_of(type).name;
  }
  return list;
}

}  // namespace

/// Reads a file from front to back: header, metadata, table of tensors. Everything in it is
/// untrusted.
class File::Parser {
 public:
  Parser(std::span<const std::byte> bytes, std::string name) : reader_(bytes) {
    file_.name_ = std::move(name);
    file_.bytes_ = bytes;
  }

  Result<File> parse() {
    return read_header()
        .and_then([this] { return read_metadata(); })
        .and_then([this] { return read_alignment(); })
        .and_then([this] { return read_tensor_table(); })
        .and_then([this] { return place_tensors(); })
        .map([this] { return std::move(file_); });
  }

 private:
  Result<void> read_header() {
    const auto magic = reader_.bytes(4);
    const std::string_view letters =
        magic ? std::string_view(reinterpret_cast<const char*>(magic->data()), 4) : "";
    if (letters != "GGUF" && letters != "FUGG") {
      return failure(subject() +
                     " is not a model in the GGUF format: it does not begin with \"GGUF\".");
    }
    const auto version = reader_.number<std::uint32_t>();
    const auto tensor_count = reader_.number<std::uint64_t>();
    const auto metadata_count = reader_.number<std::uint64_t>();
    if (!version) return ends_in("its header");
    // The version of a file in the other byte order has its low bytes at the top.
    if (letters == "FUGG" || (*version != 0 && (*version & 0xffff) == 0)) {
      return failure(subject() +
                     " is a big-endian GGUF file; Nextline reads little-endian ones only.");
    }
    if (*version < 2 || *version > 3) {
      return failure(subject() + " uses version " + std::to_string(*version) +
                     " of the GGUF format; Nextline reads versions 2 and 3.");
    }
    if (!tensor_count || !metadata_count) return ends_in("its header");
    file_.version_ = *version;
    tensor_count_ = *tensor_count;
    metadata_count_ = *metadata_count;
    return {};
  }

  Result<void> read_metadata() {
    if (metadata_count_ > reader_.remaining() / kSmallestMetadata) {
      return announces_too_many("metadata values", metadata_count_);
    }
    for (std::uint64_t i = 0; i < metadata_count_; ++i) {
      const auto key = reader_.string();
      if (!key) return ends_in("its metadata");
      const auto type = reader_.number<std::uint32_t>();
      if (!type) return ends_in(metadata_value(*key));
      auto value = read_value(*key, static_cast<ValueType>(*type));
      if (!value) return tl::unexpected(value.error());
      if (!file_.metadata_.emplace(*key, *std::move(value)).second) {
        return damaged("it holds " + metadata_value(*key) + " twice");
      }
    }
    return {};
  }

  Result<Value> read_value(std::string_view key, ValueType type) {
    switch (type) {
      case ValueType::kUint8:
        return read_number<std::uint8_t, std::uint64_t>(key);
      case ValueType::kInt8:
        return read_number<std::int8_t, std::int64_t>(key);
      case ValueType::kUint16:
        return read_number<std::uint16_t, std::uint64_t>(key);
      case ValueType::kInt16:
        return read_number<std::int16_t, std::int64_t>(key);
      case ValueType::kUint32:
        return read_number<std::uint32_t, std::uint64_t>(key);
      case ValueType::kInt32:
        return read_number<std::int32_t, std::int64_t>(key);
      case ValueType::kFloat32:
        return read_number<float, double>(key);
      case ValueType::kUint64:
        return read_number<std::uint64_t, std::uint64_t>(key);
      case ValueType::kInt64:
        return read_number<std::int64_t, std::int64_t>(key);
      case ValueType::kFloat64:
        return read_number<double, double>(key);
      case ValueType::kBool: {
        const auto byte = reader_.number<std::uint8_t>();
        if (!byte) return ends_in(metadata_value(key));
        if (*byte > 1) return damaged(metadata_value(key) + " is neither true nor false");
        return Value(*byte == 1);
      }
      case ValueType::kString:
        if (const auto string = reader_.string()) return Value(*string);
        return ends_in(metadata_value(key));
      case ValueType::kArray:
        return read_array(key);
    }
    return has_unknown_type(key, type);
  }

  template <typename Stored, typename Widened>
  Result<Value> read_number(std::string_view key) {
    if (const auto number = reader_.number<Stored>()) return Value(Widened{*number});
    return ends_in(metadata_value(key));
  }

  Result<Value> read_array(std::string_view key) {
    const auto type_number = reader_.number<std::uint32_t>();
    const auto count = reader_.number<std::uint64_t>();
    if (!type_number || !count) return ends_in(metadata_value(key));
    const auto type = static_cast<ValueType>(*type_number);
    if (type == ValueType::kArray) {
      return failure(subject() + " holds an array of arrays in " + metadata_value(key) +
                     ", which Nextline does not read.");
    }
    if (type == ValueType::kString) return read_strings(key, *count);

    const std::uint64_t element_bytes = number_bytes(type);
    if (element_bytes == 0) return has_unknown_type(key, type);
    if (*count > reader_.remaining() / element_bytes) return ends_in(metadata_value(key));
    const auto bytes = *reader_.bytes(*count * element_bytes);
    if (type == ValueType::kBool) {
      for (const std::byte byte : bytes) {
        if (byte > std::byte{1}) {
          return damaged(metadata_value(key) + " holds an element that is neither true nor false");
        }
      }
    }
    return Value(NumberArray{*type_number, *count, bytes});
  }

  Result<Value> read_strings(std::string_view key, std::uint64_t count) {
    if (count > reader_.remaining() / kSmallestString) return ends_in(metadata_value(key));
    std::vector<std::string_view> strings;
    strings.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto string = reader_.string();
      if (!string) return ends_in(metadata_value(key));
      strings.push_back(*string);
    }
    return Value(std::move(strings));
  }

  Result<void> read_alignment() {
    constexpr std::string_view kKey = "general.alignment";
    if (file_.find(kKey) == nullptr) return {};
    const auto alignment = file_.unsigned_integer(kKey);
    if (!alignment || !std::has_single_bit(*alignment)) {
      return damaged(metadata_value(kKey) + " is not a power of two");
    }
    alignment_ = *alignment;
    return {};
  }

  Result<void> read_tensor_table() {
    if (tensor_count_ > reader_.remaining() / kSmallestTensor) {
      return announces_too_many("tensors", tensor_count_);
    }
    file_.tensors_.reserve(tensor_count_);
    offsets_.reserve(tensor_count_);
    for (std::uint64_t i = 0; i < tensor_count_; ++i) {
      const auto name = reader_.string();
      if (!name) return ends_in("its list of tensors");
      if (auto read = read_tensor(*name); !read) return read;
      if (!file_.tensor_index_.emplace(*name, file_.tensors_.size() - 1).second) {
        return damaged("it holds tensor " + quoted(*name) + " twice");
      }
    }
    return {};
  }

  /// Reads a tensor's shape, type and offset; its data are found once the table has ended.
  Result<void> read_tensor(std::string_view name) {
    const std::string tensor = "tensor " + quoted(name);
    Tensor& read = file_.tensors_.emplace_back(Tensor{name, TensorType::kF32, {1, 1, 1, 1}, {}});
    const auto dimensions = reader_.number<std::uint32_t>();
    if (!dimensions) return ends_in("its list of tensors");
    if (*dimensions < 1 || *dimensions > read.shape.size()) {
      return damaged(tensor + " has " + with_separators(*dimensions) + " dimensions, not 1 to 4");
    }
    std::uint64_t elements = 1;
    for (std::size_t dimension = 0; dimension < *dimensions; ++dimension) {
      const auto size = reader_.number<std::uint64_t>();
      if (!size) return ends_in("its list of tensors");
      if (*size == 0) return damaged(tensor + " has a dimension of size 0");
      if (__builtin_mul_overflow(elements, *size, &elements)) {
        return damaged(tensor + " has more elements than 64 bits can count");
      }
      read.shape[dimension] = *size;
    }
    const auto type_number = reader_.number<std::uint32_t>();
    const auto offset = reader_.number<std::uint64_t>();
    if (!type_number || !offset) return ends_in("its list of tensors");
    const auto type = tensor_type_from_number(*type_number);
    if (!type) return has_unreadable_type(tensor, *type_number);
    if (read.columns() % traits_of(*type).block_elements != 0) {
      return damaged(tensor + " has rows of " + with_separators(read.columns()) +
                     " elements, but " + std::string(traits_of(*type).name) +
                     " stores them in blocks of " +
                     std::to_string(traits_of(*type).block_elements));
    }
    read.type = *type;
    offsets_.push_back(*offset);
    return {};
  }

  /// Finds the data of every tensor: they begin at the first multiple of the alignment behind the
  /// table, and the offsets in the table count from there.
  Result<void> place_tensors() {
    const std::uint64_t misaligned = reader_.offset() % alignment_;
    const std::uint64_t padding = misaligned == 0 ? 0 : alignment_ - misaligned;
    const std::uint64_t data_start = reader_.offset() + padding;
    for (std::size_t i = 0; i < file_.tensors_.size(); ++i) {
      Tensor& tensor = file_.tensors_[i];
      if (offsets_[i] % alignment_ != 0) {
        return damaged("the data of tensor " + quoted(tensor.name) +
                       " do not begin at a multiple of " + with_separators(alignment_) + " bytes");
      }
      const TensorTypeTraits& traits = traits_of(tensor.type);
      const std::uint64_t row_blocks = tensor.columns() / traits.block_elements;
      // `read_tensor` has counted the elements without overflow, and there are no more blocks.
      const std::uint64_t blocks = row_blocks * tensor.rows();
      std::uint64_t start = 0;
      std::uint64_t size = 0;
      std::uint64_t end = 0;
      if (__builtin_add_overflow(data_start, offsets_[i], &start) ||
          __builtin_mul_overflow(blocks, std::uint64_t{traits.block_bytes}, &size) ||
          __builtin_add_overflow(start, size, &end)) {
        return damaged("tensor " + quoted(tensor.name) + " ends further out than any file can");
      }
      if (end > file_.bytes_.size()) {
        return failure(subject() + " ends in the middle of tensor " + quoted(tensor.name) +
                       ": the file is truncated (it has " + with_separators(file_.bytes_.size()) +
                       " bytes, the tensor ends at " + with_separators(end) + ").");
      }
      tensor.data = file_.bytes_.subspan(start, size);
    }
    return {};
  }

  std::string subject() const { return '"' + file_.name_ + '"'; }

  static std::string metadata_value(std::string_view key) {
    return "metadata value " + quoted(key);
  }

  std::string position() const { return "at offset " + std::to_string(reader_.offset()); }

  tl::unexpected<Error> damaged(const std::string& what) const {
    return failure(subject() + " is damaged: " + what + ".", position());
  }

  tl::unexpected<Error> ends_in(const std::string& what) const {
    return failure(subject() + " ends in the middle of " + what +
                       ": the file is truncated or damaged (it has " +
                       with_separators(file_.bytes_.size()) + " bytes).",
                   position());
  }

  tl::unexpected<Error> announces_too_many(const std::string& entries, std::uint64_t count) const {
    return failure(subject() + " announces more " + entries + " (" + with_separators(count) +
                       ") than its " + with_separators(file_.bytes_.size()) +
                       " bytes can hold: the file is truncated or damaged.",
                   position());
  }

  tl::unexpected<Error> has_unknown_type(std::string_view key, ValueType type) const {
    return damaged(metadata_value(key) + " has the unknown type " +
                   std::to_string(static_cast<std::uint32_t>(type)));
  }

  tl::unexpected<Error> has_unreadable_type(const std::string& tensor, std::uint32_t type) const {
    const std::string_view known_name = tensor_type_name(type);
    const std::string name =
        known_name.empty() ? "the unknown type " + std::to_string(type) : std::string(known_name);
    return failure(subject() + " stores " + tensor + " as " + name +
                       ", which Nextline does not read; it reads " + list_of_tensor_types() + ".",
                   position());
  }

  ByteReader reader_;
  std::uint64_t tensor_count_ = 0;
  std::uint64_t metadata_count_ = 0;
  std::uint64_t alignment_ = kDefaultAlignment;
  std::vector<std::uint64_t> offsets_;  // Of each tensor's data, from where the data begin.
  File file_;
};

Result<File> File::parse(std::span<const std::byte> bytes, std::string name) {
  return Parser(bytes, std::move(name)).parse();
}

}  // namespace nextline::gguf
