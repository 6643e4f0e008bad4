#include "tests/peers/drafting/trace.h"

#include <boost/json.hpp>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string_view>

namespace nextline::peers {
namespace {

namespace json = boost::json;

DocumentKind kind_named(std::string_view name) {
  if (name == "file") return DocumentKind::kFile;
  if (name == "added") return DocumentKind::kAddedLines;
  if (name == "removed") return DocumentKind::kRemovedLines;
  throw std::invalid_argument("no kind of document");
}

TraceDocument document_of(const json::object& object) {
  return {.path = json::value_to<std::string>(object.at("path")),
          .kind = kind_named(object.at("kind").as_string()),
          .time = object.at("time").to_number<std::int64_t>(),
          .language = object.at("language").to_number<std::uint16_t>(),
          .tokens = json::value_to<std::vector<TokenId>>(object.at("tokens"))};
}

TraceRow row_of(const json::object& object) {
  return {.path = json::value_to<std::string>(object.at("path")),
          .language = object.at("language").to_number<std::uint16_t>(),
          .novel = object.at("novel").as_bool(),
          .before = json::value_to<std::vector<TokenId>>(object.at("before")),
          .behind = json::value_to<std::vector<TokenId>>(object.at("behind")),
          .generated = json::value_to<std::vector<TokenId>>(object.at("generated"))};
}

}  // namespace

Result<Trace> read_trace(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) return failure("The trace " + path.string() + " cannot be read.");
  Trace trace;
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    try {
      const json::object object = json::parse(line).as_object();
      if (const auto* document = object.if_contains("document")) {
        trace.documents.push_back(document_of(document->as_object()));
      } else {
        trace.rows.push_back(row_of(object.at("row").as_object()));
      }
    } catch (const std::exception& error) {
      return failure("Line " + std::to_string(number) + " of " + path.string() +
                         " is neither a document nor a row.",
                     error.what());
    }
  }
  return trace;
}

}  // namespace nextline::peers
