#include "server/replay/repobench_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "engine/tokenizer/utf8.h"
#include "server/replay/edit_case.h"

namespace nextline::replay {
namespace {

namespace json = boost::json;

constexpr std::size_t kBufferBytes = std::size_t{1} << 16U;
constexpr std::string_view kBlanks = " \t\r\n";

json::string_view as_json(std::string_view text) { return {text.data(), text.size()}; }

/// Reads the fields of one JSON object and remembers the first thing that is wrong with it.
class Fields {
 public:
  explicit Fields(const json::value& value, std::string of_what = "")
      : object_(value.if_object()), of_what_(std::move(of_what)) {}

  bool are_there() const { return object_ != nullptr; }

  std::string text(std::string_view key) {
    const json::value* const value = find(key);
    if (value == nullptr) return {};
    const json::string* const text = value->if_string();
    if (text == nullptr) {
      complain(key, "is no text");
      return {};
    }
    if (text->find('\0') != json::string::npos) complain(key, "holds the character U+0000");
    return {text->data(), text->size()};
  }

  std::int64_t whole_number(std::string_view key) {
    const json::value* const value = find(key);
    if (value == nullptr) return 0;
    if (!value->is_int64()) complain(key, "is no whole number");
    return value->is_int64() ? value->get_int64() : 0;
  }

  const json::array& array(std::string_view key) {
    static const json::array kEmpty;
    const json::value* const value = find(key);
    if (value == nullptr) return kEmpty;
    if (!value->is_array()) complain(key, "is no array");
    return value->is_array() ? value->get_array() : kEmpty;
  }

  void complain(std::string_view key, std::string_view what) {
    if (complaint_.empty()) {
      complaint_ = fmt::format("The field \"{}\"{} {}.", key, of_what_, what);
    }
  }

  void take_complaint_of(const Fields& inner) {
    if (complaint_.empty()) complaint_ = inner.complaint_;
  }

  const std::string& complaint() const { return complaint_; }

 private:
  const json::value* find(std::string_view key) {
    const json::value* const value = object_ ? object_->if_contains(as_json(key)) : nullptr;
    if (value == nullptr) complain(key, "is missing");
    return value;
  }

  const json::object* object_;
  std::string of_what_;
  std::string complaint_;
};

RepoBenchRow::Snippet read_snippet(const json::value& value, std::size_t number, Fields& row) {
  Fields fields(value, fmt::format(" of snippet {}", number));
  RepoBenchRow::Snippet snippet = {fields.text("identifier"), fields.text("path"),
                                   fields.text("snippet")};
  row.take_complaint_of(fields);
  return snippet;
}

/// The index of a snippet, or -1.
int read_index(std::string_view key, std::size_t snippets, Fields& fields) {
  const std::int64_t index = fields.whole_number(key);
  if (index >= -1 && index < static_cast<std::int64_t>(snippets)) return static_cast<int>(index);
  fields.complain(key, fmt::format("is {}, but there are {} snippets", index, snippets));
  return -1;
}

bool is_one_line(std::string_view text) {
  const std::size_t last = text.find_last_not_of(kBlanks);
  return last != std::string_view::npos &&
         text.substr(0, last).find('\n') == std::string_view::npos;
}

RepoBenchRow read_row(Fields& fields) {
  RepoBenchRow row;
  row.repo_name = fields.text("repo_name");
  row.file_path = fields.text("file_path");
  for (const json::value& value : fields.array("context")) {
    row.context.push_back(read_snippet(value, row.context.size() + 1, fields));
  }
  row.import_statement = fields.text("import_statement");
  row.cropped_code = fields.text("cropped_code");
  row.all_code = fields.text("all_code");
  row.next_line = fields.text("next_line");
  row.gold_snippet_index = read_index("gold_snippet_index", row.context.size(), fields);
  row.level = fields.text("level");
  if (!language_of_file(row.file_path)) {
    fields.complain("file_path", "names a file that is neither of Python nor of Java");
  }
  if (!is_one_line(row.next_line)) fields.complain("next_line", "is not one line");
  return row;
}

}  // namespace

std::string to_line(const RepoBenchRow& row) {
  json::array context;
  for (const RepoBenchRow::Snippet& snippet : row.context) {
    context.push_back(
        {{"identifier", snippet.identifier}, {"path", snippet.path}, {"snippet", snippet.text}});
  }
  const json::object object = {{"repo_name", row.repo_name},
                               {"file_path", row.file_path},
                               {"context", std::move(context)},
                               {"import_statement", row.import_statement},
                               {"cropped_code", row.cropped_code},
                               {"all_code", row.all_code},
                               {"next_line", row.next_line},
                               {"gold_snippet_index", row.gold_snippet_index},
                               {"level", row.level}};
  return json::serialize(object) + "\n";
}

Result<RepoBenchRow> parse_row(std::string_view line) {
  if (const std::size_t good = well_formed_utf8_prefix(line); good < line.size()) {
    return failure(fmt::format("It is not UTF-8: byte {} does not belong there.", good));
  }
  std::error_code error;
  const json::value value = json::parse(as_json(line), error);
  if (error) return failure("It is not JSON.", error.message());
  Fields fields(value);
  if (!fields.are_there()) return failure("It is not a JSON object.");
  RepoBenchRow row = read_row(fields);
  if (!fields.complaint().empty()) return failure(fields.complaint());
  return row;
}

RepoBenchFile::RepoBenchFile(std::string name, FileDescriptor file)
    : name_(std::move(name)), file_(std::move(file)) {
  buffer_.reserve(kBufferBytes);
}

Result<RepoBenchFile> RepoBenchFile::open(const std::filesystem::path& path) {
  // Not blocking: opening a pipe that nobody writes must not hang before it can be refused.
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!file.is_open() || fstat(file.get(), &status) != 0) {
    const int error = errno;
    return failure(fmt::format("{} cannot be read: {}.", path.string(), std::strerror(error)));
  }
  if (!S_ISREG(status.st_mode)) {
    return failure(fmt::format("{} is not a regular file.", path.string()));
  }
  return RepoBenchFile(path.string(), std::move(file));
}

Result<bool> RepoBenchFile::fill_buffer() {
  buffer_.resize(kBufferBytes);
  position_ = 0;
  ssize_t count = 0;
  do {
    count = ::read(file_.get(), buffer_.data(), buffer_.size());
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    const int error = errno;
    buffer_.clear();
    return failure(fmt::format("{} cannot be read: {}.", name_, std::strerror(error)));
  }
  buffer_.resize(static_cast<std::size_t>(count));
  return count > 0;
}

Result<bool> RepoBenchFile::read_line() {
  line_.clear();
  line_is_too_long_ = false;
  ++number_;
  bool has_begun = false;
  while (true) {
    if (position_ == buffer_.size()) {
      const auto filled = fill_buffer();
      if (!filled) return tl::unexpected(filled.error());
      if (!*filled) return has_begun;
    }
    has_begun = true;
    const std::string_view rest = std::string_view(buffer_).substr(position_);
    const std::size_t end = rest.find('\n');
    const std::string_view part = rest.substr(0, end);
    line_is_too_long_ = line_is_too_long_ || line_.size() + part.size() > kLongestLine;
    if (!line_is_too_long_) line_ += part;
    if (end != std::string_view::npos) {
      position_ += end + 1;
      return true;
    }
    position_ = buffer_.size();
  }
}

Result<std::optional<NumberedRow>> RepoBenchFile::next() {
  while (true) {
    const auto read = read_line();
    if (!read) return tl::unexpected(read.error());
    if (!*read) return std::nullopt;
    if (line_is_too_long_) {
      damaged_.push_back({number_, fmt::format("It is longer than {} MiB.", kLongestLine >> 20U)});
    } else if (line_.find_first_not_of(kBlanks) != std::string::npos) {
      auto row = parse_row(line_);
      if (row) return NumberedRow{number_, std::move(*row)};
      damaged_.push_back({number_, std::move(row.error().message)});
    }
    if (damaged_.size() > kMostDamagedRows) {
      return failure(
          fmt::format("{} does not seem to hold rows of RepoBench: {} of {} are damaged.", name_,
                      damaged_.size(), number_));
    }
  }
}

}  // namespace nextline::replay
