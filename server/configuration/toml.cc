#include "server/configuration/toml.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "engine/tokenizer/utf8.h"
#include "server/configuration/deep_names.h"

// The library is a header and large; nothing else includes it. Some of its assertions are wrong:
// they forbid what the code behind them expects and refuses, such as "[$]". With NDEBUG, clang
// would take them for granted.
#undef NDEBUG
#define TOML_ASSERT(expression) static_assert(true)
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_MAX_NESTED_VALUES 16
#include <toml++/toml.h>

namespace nextline::server {
namespace {

FilePlace place_of(const toml::source_region& source) {
  return {source.begin.line, source.begin.column};
}

TomlValue converted(const toml::node& node);

TomlTable converted(const toml::table& table) {
  TomlTable entries;
  for (const auto& [key, node] : table) {
    entries.push_back({std::string(key.str()), place_of(key.source()), converted(node)});
  }
  std::ranges::sort(entries, {}, &TomlEntry::place);
  return entries;
}

/// Goes as deep as the text's tables and arrays do.
TomlValue converted(const toml::node& node) {
  const FilePlace place = place_of(node.source());
  if (const auto* const table = node.as_table()) return {converted(*table), place};
  if (const auto* const array = node.as_array()) {
    TomlArray values;
    for (const toml::node& element : *array) values.push_back(converted(element));
    return {std::move(values), place};
  }
  if (const auto* const flag = node.as_boolean()) return {flag->get(), place};
  if (const auto* const whole = node.as_integer()) return {whole->get(), place};
  if (const auto* const number = node.as_floating_point()) return {number->get(), place};
  if (const auto* const text = node.as_string()) return {text->get(), place};
  std::ostringstream text;
  node.visit([&](const auto& date) {
    if constexpr (toml::is_date<decltype(date)> || toml::is_time<decltype(date)> ||
                  toml::is_date_time<decltype(date)>) {
      text << date.get();
    }
  });
  return {text.str(), place};
}

}  // namespace

tl::expected<TomlTable, FileProblem> parse_toml(std::string_view text) {
  // The library would take the end of what is UTF-8 for the place of what is not.
  if (const std::size_t valid = well_formed_utf8_prefix(text); valid < text.size()) {
    return tl::unexpected(FileProblem{place_of_byte(text, valid), "This is not UTF-8."});
  }
  if (const auto place = find_deep_name(text)) {
    return tl::unexpected(FileProblem{*place, "This name has too many parts."});
  }
  const toml::parse_result result = toml::parse(text);
  if (!result) {
    const toml::parse_error& error = result.error();
    return tl::unexpected(FileProblem{
        place_of(error.source()), "This is not TOML: " + std::string(error.description()) + "."});
  }
  return converted(result.table());
}

}  // namespace nextline::server
