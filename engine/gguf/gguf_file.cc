#include "engine/gguf/gguf_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <limits>
#include <system_error>
#include <utility>

#include "engine/disk/file_descriptor.h"
#include "engine/gguf/byte_reader.h"
#include "engine/gguf/value_type.h"

namespace nextline::gguf {
namespace {

std::string error_text(int error) { return std::generic_category().message(error); }

tl::unexpected<Error> cannot_open(const std::string& file, int error) {
  if (error == ENOENT) return failure("There is no file " + file + ".", error_text(error));
  if (error == EACCES) {
    return failure("The permissions of " + file + " do not allow reading it.", error_text(error));
  }
  return failure("The file " + file + " cannot be opened: " + error_text(error) + ".",
                 error_text(error));
}

constexpr double kTwoTo64 = 0x1p64;

/// The number as a whole one, if it is one and fits.
std::optional<std::uint64_t> whole(double number) {
  if (!(number >= 0 && number < kTwoTo64) || number != std::floor(number)) return std::nullopt;
  return static_cast<std::uint64_t>(number);
}

/// The value as this kind, or nothing if it is missing or another kind.
template <typename Kind>
const Kind* value_as(const Value* value) {
  return value == nullptr ? nullptr : std::get_if<Kind>(value);
}

/// Widens the elements; nothing if one of them does not fit.
template <typename Stored>
std::optional<std::vector<std::int64_t>> widened(const NumberArray& array) {
  std::vector<std::int64_t> integers;
  integers.reserve(array.count);
  ByteReader reader(array.bytes);
  while (const auto element = reader.number<Stored>()) {
    if (!std::in_range<std::int64_t>(*element)) return std::nullopt;
    integers.push_back(static_cast<std::int64_t>(*element));
  }
  return integers;
}

}  // namespace

class File::Mapping {
 public:
  Mapping(void* start, std::size_t size) : start_(start), size_(size) {}
  ~Mapping() { ::munmap(start_, size_); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  std::span<const std::byte> bytes() const {
    return {static_cast<const std::byte*>(start_), size_};
  }

 private:
  void* start_;
  std::size_t size_;
};

File::File() = default;
File::File(File&&) noexcept = default;
File& File::operator=(File&&) noexcept = default;
File::~File() = default;

Result<File> File::open(const std::filesystem::path& path) {
  const std::string file = '"' + path.string() + '"';
  // Without O_NONBLOCK, opening a pipe would wait for its writer.
  const FileDescriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!descriptor.is_open()) return cannot_open(file, errno);

  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0) return cannot_open(file, errno);
  if (S_ISDIR(status.st_mode)) return failure(file + " is a folder, not a model file.");
  if (!S_ISREG(status.st_mode)) return failure(file + " is not a regular file.");
  if (status.st_size == 0) return failure(file + " is empty.");

  const auto size = static_cast<std::size_t>(status.st_size);
  void* const start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.get(), 0);
  if (start == MAP_FAILED) {
    const std::string cause = error_text(errno);
    return failure("The file " + file + " cannot be mapped into memory: " + cause + ".", cause);
  }
  auto mapping = std::make_unique<const Mapping>(start, size);
  auto parsed = parse(mapping->bytes(), path.string());
  if (parsed) parsed->mapping_ = std::move(mapping);
  return parsed;
}

const Value* File::find(std::string_view key) const {
  const auto entry = metadata_.find(key);
  return entry == metadata_.end() ? nullptr : &entry->second;
}

std::optional<std::uint64_t> File::unsigned_integer(std::string_view key) const {
  const Value* const value = find(key);
  if (const auto* number = value_as<std::uint64_t>(value)) return *number;
  if (const auto* number = value_as<std::int64_t>(value)) {
    return *number >= 0 ? std::optional(static_cast<std::uint64_t>(*number)) : std::nullopt;
  }
  if (const auto* number = value_as<double>(value)) return whole(*number);
  return std::nullopt;
}

std::optional<double> File::number(std::string_view key) const {
  const Value* const value = find(key);
  if (const auto* number = value_as<double>(value)) return *number;
  if (const auto* number = value_as<std::uint64_t>(value)) {
    const auto wide = static_cast<double>(*number);
    return whole(wide) == *number ? std::optional(wide) : std::nullopt;
  }
  if (const auto* number = value_as<std::int64_t>(value)) {
    const auto wide = static_cast<double>(*number);
    const std::uint64_t magnitude =
        *number < 0 ? 0 - static_cast<std::uint64_t>(*number) : static_cast<std::uint64_t>(*number);
    return whole(std::abs(wide)) == magnitude ? std::optional(wide) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<bool> File::boolean(std::string_view key) const {
  const auto* const boolean = value_as<bool>(find(key));
  return boolean == nullptr ? std::nullopt : std::optional(*boolean);
}

std::optional<std::string_view> File::string(std::string_view key) const {
  const auto* const string = value_as<std::string_view>(find(key));
  return string == nullptr ? std::nullopt : std::optional(*string);
}

const std::vector<std::string_view>* File::strings(std::string_view key) const {
  return value_as<std::vector<std::string_view>>(find(key));
}

std::optional<std::vector<std::int64_t>> File::integers(std::string_view key) const {
  const auto* const array = value_as<NumberArray>(find(key));
  if (array == nullptr) return std::nullopt;
  switch (static_cast<ValueType>(array->element_type)) {
    case ValueType::kUint8:
      return widened<std::uint8_t>(*array);
    case ValueType::kInt8:
      return widened<std::int8_t>(*array);
    case ValueType::kUint16:
      return widened<std::uint16_t>(*array);
    case ValueType::kInt16:
      return widened<std::int16_t>(*array);
    case ValueType::kUint32:
      return widened<std::uint32_t>(*array);
    case ValueType::kInt32:
      return widened<std::int32_t>(*array);
    case ValueType::kUint64:
      return widened<std::uint64_t>(*array);
    case ValueType::kInt64:
      return widened<std::int64_t>(*array);
    default:
      return std::nullopt;
  }
}

const Tensor* File::find_tensor(std::string_view name) const {
  const auto entry = tensor_index_.find(name);
  return entry == tensor_index_.end() ? nullptr : &tensors_[entry->second];
}

void File::release_pages(std::span<const std::byte> bytes) const { advise(bytes, MADV_DONTNEED); }

void File::expect_scattered_reads(std::span<const std::byte> bytes) const {
  advise(bytes, MADV_RANDOM);
}

void File::advise(std::span<const std::byte> bytes, int advice) const {
  if (mapping_ == nullptr || bytes.empty()) return;
  // Only pages that lie wholly within `bytes`; their neighbours may be used otherwise.
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto start = reinterpret_cast<std::uintptr_t>(bytes.data());
  const std::uintptr_t first = (start + page - 1) / page * page;
  const std::uintptr_t last = (start + bytes.size()) / page * page;
  // A failure costs memory or time, and nothing else.
  if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, advice);
}

}  // namespace nextline::gguf
