#include "lsp/workspace/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string_view>
#include <utility>

#include "engine/disk/file_descriptor.h"
#include "engine/tokenizer/utf8.h"

namespace nextline::lsp {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

bool is_plain_text(std::string_view bytes) {
  return bytes.find('\0') == std::string_view::npos &&
         well_formed_utf8_prefix(bytes) == bytes.size();
}

std::optional<std::string> read_text_file(const std::filesystem::path& path,
                                          std::size_t most_bytes) {
  // It may have changed since its folder was listed, so it is looked at once it is open.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (!file.is_open() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      static_cast<std::uintmax_t>(status.st_size) > most_bytes) {
    return std::nullopt;
  }
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t count = ::read(file.get(), text.data() + filled, text.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) break;  // The file shrank meanwhile.
    filled += static_cast<std::size_t>(count);
  }
  text.resize(filled);
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  return is_plain_text(text) ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace nextline::lsp
