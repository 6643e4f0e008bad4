#include "tests/support/gguf_writer.h"

#include <fstream>

#include "tests/support/quantize.h"

namespace nextline::test {

GgufWriter& GgufWriter::add(std::string_view key, std::string_view value) {
  begin_metadata(key, gguf::ValueType::kString);
  metadata_.string(value);
  return *this;
}

GgufWriter& GgufWriter::add(std::string_view key, const std::vector<std::string>& values) {
  begin_array(key, gguf::ValueType::kString, values.size());
  for (const std::string& value : values) metadata_.string(value);
  return *this;
}

GgufWriter& GgufWriter::set_alignment(std::uint32_t alignment) {
  alignment_ = alignment;
  return add("general.alignment", alignment);
}

GgufWriter& GgufWriter::add_tensor(std::string_view name, gguf::TensorType type,
                                   const std::vector<std::uint64_t>& shape,
                                   std::span<const std::byte> data) {
  ++tensor_count_;
  data_.pad_to_multiple_of(alignment_);
  tensor_table_.string(name).number(static_cast<std::uint32_t>(shape.size()));
  for (const std::uint64_t dimension : shape) tensor_table_.number(dimension);
  tensor_table_.number(static_cast<std::uint32_t>(type));
  tensor_table_.number(std::uint64_t{data_.size()});
  data_.bytes(data);
  return *this;
}

GgufWriter& GgufWriter::add_tensor(std::string_view name, gguf::TensorType type,
                                   const std::vector<std::uint64_t>& shape,
                                   std::span<const float> values) {
  return add_tensor(name, type, shape, std::span<const std::byte>(quantize(type, values)));
}

std::vector<std::byte> GgufWriter::bytes() const {
  ByteWriter file;
  file.text("GGUF").number(version_).number(tensor_count_).number(metadata_count_);
  file.bytes(metadata_.written()).bytes(tensor_table_.written());
  if (tensor_count_ > 0) file.pad_to_multiple_of(alignment_).bytes(data_.written());
  return file.written();
}

bool GgufWriter::write_to(const std::filesystem::path& path) const {
  const std::vector<std::byte> file = bytes();
  std::ofstream stream(path, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(file.data()),
               static_cast<std::streamsize>(file.size()));
  stream.close();
  return stream.good();
}

void GgufWriter::begin_metadata(std::string_view key, gguf::ValueType type) {
  ++metadata_count_;
  metadata_.string(key).number(static_cast<std::uint32_t>(type));
}

void GgufWriter::begin_array(std::string_view key, gguf::ValueType element_type,
                             std::uint64_t count) {
  begin_metadata(key, gguf::ValueType::kArray);
  metadata_.number(static_cast<std::uint32_t>(element_type)).number(count);
}

}  // namespace nextline::test
