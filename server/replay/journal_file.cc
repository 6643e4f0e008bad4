#include "server/replay/journal_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <span>
#include <utility>

#include "engine/disk/hash.h"
#include "engine/disk/private_folder.h"

namespace nextline::replay {
namespace {

namespace json = boost::json;

tl::unexpected<Error> not_kept(const std::filesystem::path& path, int error) {
  return failure(
      fmt::format("The results could not be kept in {}: {}.", path.string(), reason_of(error)));
}

std::string name_of_file(std::string_view description) {
  const Hash128 hash = hash_128(std::as_bytes(std::span(description)));
  return fmt::format("results-{:016x}{:016x}.jsonl", hash.high, hash.low);
}

Result<std::string> read_all(const FileDescriptor& file, const std::filesystem::path& path) {
  std::string text;
  char buffer[1 << 16];
  while (true) {
    const ssize_t count =
        ::pread(file.get(), buffer, sizeof(buffer), static_cast<off_t>(text.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return failure(
          fmt::format("The results in {} could not be read: {}.", path.string(), reason_of(errno)));
    }
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

/// How many bytes of lines are whole and were taken.
std::size_t take_lines(std::string_view lines, const JournalFile::Take& take) {
  std::size_t whole = 0;
  while (true) {
    const std::size_t end = lines.find('\n', whole);
    if (end == std::string_view::npos) return whole;
    boost::system::error_code error;
    const json::value value = json::parse(lines.substr(whole, end - whole), error);
    if (error || !take(value)) return whole;
    whole = end + 1;
  }
}

}  // namespace

Result<JournalFile> JournalFile::open(const std::filesystem::path& folder,
                                      const json::object& description, bool resumes,
                                      const Take& take) {
  auto kept = PrivateFolder::create(folder);
  if (!kept) return tl::unexpected(kept.error());
  const std::string first_line = json::serialize(description) + "\n";
  const std::string name = name_of_file(first_line);
  const std::filesystem::path path = folder / name;
  FileDescriptor file(::openat(kept->descriptor(), name.c_str(),
                               O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.is_open()) return not_kept(path, errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    return failure("The same replay is running already; it keeps its results in " + path.string() +
                   ".");
  }
  JournalFile journal(path, std::move(file));
  const auto text = resumes ? read_all(journal.file_, path) : Result<std::string>("");
  if (!text) return tl::unexpected(text.error());
  if (!text->starts_with(first_line)) {
    if (auto done = journal.cut(0); !done) return tl::unexpected(done.error());
    if (auto done = journal.write(first_line); !done) return tl::unexpected(done.error());
    return journal;
  }
  const std::size_t whole = take_lines(std::string_view(*text).substr(first_line.size()), take);
  if (auto done = journal.cut(first_line.size() + whole); !done) {
    return tl::unexpected(done.error());
  }
  return journal;
}

Result<void> JournalFile::append(const json::object& result) {
  return write(json::serialize(result) + "\n");
}

Result<void> JournalFile::cut(std::size_t size) {
  if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0) return not_kept(path_, errno);
  return {};
}

Result<void> JournalFile::write(std::string_view line) {
  while (!line.empty()) {
    const ssize_t count = ::write(file_.get(), line.data(), line.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return not_kept(path_, errno);
    line.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace nextline::replay
