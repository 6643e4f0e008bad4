#include "lsp/history/history_state.h"

#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <new>
#include <span>
#include <utility>

#include "engine/disk/byte_source.h"
#include "engine/disk/hash.h"

namespace nextline::lsp {
namespace {

namespace json = boost::json;

constexpr std::int64_t kVersion = 1;
/// A walk waits for 65,536 commits at the most, of 43 bytes each.
constexpr std::uint64_t kMostBytes = std::uint64_t{8} << 20U;
constexpr std::size_t kChecksumDigits = 16;

std::string checksum_of(std::string_view text) {
  char digits[kChecksumDigits + 1];
  std::snprintf(digits, sizeof(digits), "%016llx",
                static_cast<unsigned long long>(hash_64(std::as_bytes(std::span(text)))));
  return digits;
}

json::array list_of(const std::vector<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}

// These read a field, and throw where it is missing or of another kind.

std::string text_at(const json::object& object, std::string_view key) {
  return json::value_to<std::string>(object.at(key));
}
std::vector<std::string> list_at(const json::object& object, std::string_view key) {
  return json::value_to<std::vector<std::string>>(object.at(key));
}

HistoryState state_of(const json::object& object) {
  HistoryState state;
  state.known = list_at(object, "known");
  state.is_complete = object.at("is_complete").as_bool();
  state.segments = list_at(object, "segments");
  if (const json::value& reading = object.at("reading"); !reading.is_null()) {
    const json::object& fields = reading.as_object();
    state.reading = {text_at(fields, "head"), fields.at("has_all_files").as_bool(),
                     text_at(fields, "files_behind"), list_at(fields, "waiting")};
  }
  return state;
}

std::string subject_of(const PrivateFolder& folder, const std::string& name) {
  return "The state of the history index \"" + (folder.path() / name).string() + '"';
}

}  // namespace

std::string to_text(const HistoryState& state) {
  json::value reading = nullptr;
  if (state.reading) {
    reading = {{"head", state.reading->head},
               {"has_all_files", state.reading->has_all_files},
               {"files_behind", state.reading->files_behind},
               {"waiting", list_of(state.reading->waiting)}};
  }
  const std::string text = json::serialize(json::object{{"version", kVersion},
                                                        {"known", list_of(state.known)},
                                                        {"reading", std::move(reading)},
                                                        {"is_complete", state.is_complete},
                                                        {"segments", list_of(state.segments)}}) +
                           '\n';
  return text + checksum_of(text) + '\n';
}

std::optional<HistoryState> parse_history_state(std::string_view text) {
  if (text.size() < kChecksumDigits + 1) return std::nullopt;
  const std::string_view described = text.substr(0, text.size() - kChecksumDigits - 1);
  if (text.substr(described.size()) != checksum_of(described) + '\n') return std::nullopt;
  try {
    const json::value value = json::parse(described);
    const json::object& object = value.as_object();
    if (object.at("version").as_int64() != kVersion) return std::nullopt;
    return state_of(object);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception&) {
    return std::nullopt;  // What is there is not what should be.
  }
}

Result<HistoryStateFile> read_state(const PrivateFolder& folder, const std::string& name) {
  auto file = folder.open_file(name);
  if (!file) return tl::unexpected(file.error());
  if (!*file) return HistoryStateFile{};
  const std::uint64_t size = (*file)->size;
  std::string text(size <= kMostBytes ? size : 0, '\0');
  FileSource source(std::move((*file)->descriptor), size);
  if (!source.read(std::as_writable_bytes(std::span(text)))) {
    return failure(subject_of(folder, name) + " cannot be read.");
  }
  auto state = parse_history_state(text);
  if (!state) return HistoryStateFile{.is_damaged = true};
  return HistoryStateFile{std::move(state)};
}

Result<void> write_state(const PrivateFolder& folder, const std::string& name,
                         const HistoryState& state, const FileCalls& calls) {
  auto file = ReplacementFile::create(folder, calls, name, subject_of(folder, name));
  if (!file) return tl::unexpected(file.error());
  const std::string text = to_text(state);
  const auto written = file->write(std::as_bytes(std::span(text)));
  return written ? file->put_in_place() : written;
}

}  // namespace nextline::lsp
