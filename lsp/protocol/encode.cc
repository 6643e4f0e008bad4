#include "lsp/protocol/encode.h"

#include <boost/json/object.hpp>

namespace nextline::lsp {

namespace json = boost::json;

json::value to_json(Position position) {
  return {{"line", position.line}, {"character", position.character}};
}

json::value to_json(const Range& range) {
  return {{"start", to_json(range.start)}, {"end", to_json(range.end)}};
}

json::value to_json(const InlineCompletionItem& item) {
  json::object object = {{"insertText", item.insert_text}};
  if (item.range) object["range"] = to_json(*item.range);
  if (item.filter_text) object["filterText"] = *item.filter_text;
  return object;
}

}  // namespace nextline::lsp
