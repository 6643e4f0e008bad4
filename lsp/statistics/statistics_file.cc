#include "lsp/statistics/statistics_file.h"

#include <boost/json.hpp>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <span>
#include <utility>

#include "engine/disk/byte_source.h"

namespace nextline::lsp {
namespace {

namespace json = boost::json;

constexpr const char* kName = "statistics.json";
constexpr const char* kNameAside = "statistics.json.damaged";
constexpr std::int64_t kVersion = 1;
/// A year of 64 languages a day, with room.
constexpr std::uint64_t kMostBytes = std::uint64_t{16} << 20U;
/// Far more than anybody can be suggested; so that sums stay whole numbers everywhere.
constexpr std::int64_t kMostOfACount = std::int64_t{1} << 40U;

std::string quoted_path(const PrivateFolder& folder) {
  return '"' + (folder.path() / kName).string() + '"';
}

json::object object_of(const SuggestionCounts& counts) {
  json::object object;
  for (const NamedCount& named : kNamedCounts) {
    if (counts.*named.count > 0) object.emplace(named.name, counts.*named.count);
  }
  return object;
}

/// Nothing where a count is not the number of anything. One that is left out is 0, and what a later
/// version may have added is not looked at.
std::optional<SuggestionCounts> counts_of(const json::object& object) {
  SuggestionCounts counts;
  for (const NamedCount& named : kNamedCounts) {
    const json::value* const value = object.if_contains(named.name);
    if (value == nullptr) continue;
    const std::int64_t* const number = value->if_int64();
    if (number == nullptr || *number < 0 || *number > kMostOfACount) return std::nullopt;
    counts.*named.count = static_cast<std::uint64_t>(*number);
  }
  return counts;
}

/// Throws where something is missing or of another kind.
std::optional<Statistics> statistics_of(const json::object& object) {
  if (object.at("version").as_int64() != kVersion) return std::nullopt;
  Statistics statistics;
  for (const auto& [date, languages] : object.at("days").as_object()) {
    const auto day = parse_day(date);
    if (!day) return std::nullopt;
    for (const auto& [name, fields] : languages.as_object()) {
      const auto counts = counts_of(fields.as_object());
      if (!counts || language_in_statistics(name) != name) return std::nullopt;
      statistics.add(*day, name, *counts);
    }
  }
  return statistics;
}

}  // namespace

std::string to_text(const Statistics& statistics) {
  json::object days;
  for (const auto& [day, languages] : statistics.days()) {
    json::object of_day;
    for (const auto& [language, counts] : languages) of_day.emplace(language, object_of(counts));
    days.emplace(to_text(day), std::move(of_day));
  }
  return json::serialize(json::object{{"version", kVersion}, {"days", std::move(days)}}) + '\n';
}

std::optional<Statistics> parse_statistics(std::string_view text) {
  try {
    return statistics_of(json::parse(json::string_view(text.data(), text.size())).as_object());
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception&) {
    return std::nullopt;  // What is there is not what should be.
  }
}

Result<StatisticsFile> read_statistics(const PrivateFolder& folder) {
  auto file = folder.open_file(kName);
  if (!file) return tl::unexpected(file.error());
  if (!*file) return StatisticsFile{};
  const std::uint64_t size = (*file)->size;
  std::string text(size <= kMostBytes ? size : 0, '\0');
  FileSource source(std::move((*file)->descriptor), size);
  if (!source.read(std::as_writable_bytes(std::span(text)))) {
    return failure("The file " + quoted_path(folder) + " cannot be read.");
  }
  auto statistics = parse_statistics(text);
  if (!statistics) return StatisticsFile{.is_damaged = true};
  return StatisticsFile{std::move(*statistics)};
}

Result<void> write_statistics(const PrivateFolder& folder, const Statistics& statistics,
                              const FileCalls& calls) {
  auto file = ReplacementFile::create(folder, calls, kName, "The file " + quoted_path(folder));
  if (!file) return tl::unexpected(file.error());
  const std::string text = to_text(statistics);
  const auto written = file->write(std::as_bytes(std::span(text)));
  return written ? file->put_in_place() : written;
}

Result<void> put_aside(const PrivateFolder& folder, const FileCalls& calls) {
  if (calls.rename(folder.descriptor(), kName, kNameAside) == 0) return {};
  return failure("The damaged file " + quoted_path(folder) +
                 " cannot be put aside: " + reason_of(errno) + ".");
}

Result<void> remove_statistics(const PrivateFolder& folder) {
  if (folder.remove(kName) && folder.remove(kNameAside)) return {};
  return failure("The file " + quoted_path(folder) + " cannot be removed: " + reason_of(errno) +
                 ".");
}

}  // namespace nextline::lsp
