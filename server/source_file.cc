#include "server/source_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/disk/file_descriptor.h"
#include "engine/tokenizer/utf8.h"

namespace nextline::server {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return !is_continuation(byte); }));
}

tl::unexpected<Error> unreadable(const std::string& name) {
  const int error = errno;
  return failure(fmt::format("{} cannot be read: {}.", name, std::strerror(error)));
}

Result<std::string> read_regular_file(const std::string& name) {
  // Not blocking: opening a pipe that nobody writes must not hang before it can be refused.
  const FileDescriptor file(open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (file.get() < 0 || fstat(file.get(), &status) != 0) return unreadable(name);
  if (S_ISDIR(status.st_mode)) return failure(fmt::format("{} is a directory, not a file.", name));
  if (!S_ISREG(status.st_mode)) return failure(fmt::format("{} is not a regular file.", name));
  if (static_cast<std::uintmax_t>(status.st_size) > kMaxSourceFileBytes) {
    return failure(fmt::format("{} has {} bytes; files of up to {} MiB are completed.", name,
                               status.st_size, kMaxSourceFileBytes >> 20U));
  }

  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t count = ::read(file.get(), text.data() + filled, text.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unreadable(name);
    if (count == 0) break;  // The file shrank meanwhile.
    filled += static_cast<std::size_t>(count);
  }
  text.resize(filled);
  return text;
}

}  // namespace

Result<SourceFile> SourceFile::read(const std::filesystem::path& path) {
  std::string name = path.string();
  auto text = read_regular_file(name);
  if (!text) return tl::unexpected(text.error());
  if (const std::size_t good = well_formed_utf8_prefix(*text); good < text->size()) {
    const auto line =
        1 + std::count(text->begin(), text->begin() + static_cast<std::ptrdiff_t>(good), '\n');
    return failure(
        fmt::format("{} is not UTF-8: byte {} (0x{:02X}, in line {}) does not belong there.", name,
                    good, static_cast<unsigned char>((*text)[good]), line));
  }
  if (text->starts_with(kByteOrderMark)) text->erase(0, kByteOrderMark.size());
  return SourceFile(std::move(name), std::move(*text));
}

Result<std::size_t> SourceFile::offset_of(std::uint64_t line, std::uint64_t column) const {
  std::size_t begin = 0;
  for (std::uint64_t current = 1; current < line; ++current) {
    const std::size_t line_break = text_.find('\n', begin);
    if (line_break == std::string::npos) {
      return failure(
          fmt::format("{} ends with line {}; there is no line {}.", name_, current, line));
    }
    begin = line_break + 1;
  }
  std::string_view content = std::string_view(text_).substr(begin);
  if (const std::size_t end = content.find('\n'); end != std::string_view::npos) {
    content = content.substr(0, end);
    if (content.ends_with('\r')) content.remove_suffix(1);
  }

  const std::size_t characters = count_characters(content);
  if (column > characters + 1) {
    return failure(
        fmt::format("Line {} of {} has {} character{}, so its last column is {}, not {}.", line,
                    name_, characters, characters == 1 ? "" : "s", characters + 1, column));
  }
  std::size_t bytes = 0;
  for (std::uint64_t character = 1; character < column; ++character) {
    bytes += first_utf8_sequence(content.substr(bytes)).length;
  }
  return begin + bytes;
}

}  // namespace nextline::server
