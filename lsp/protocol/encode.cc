#include "lsp/protocol/encode.h"

#include <boost/json/object.hpp>
#include <utility>

namespace nextline::lsp {

namespace json = boost::json;

namespace {

constexpr int kSnippetKind = 15;     // CompletionItemKind.Snippet
constexpr int kIncrementalSync = 2;  // TextDocumentSyncKind.Incremental

}  // namespace

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
  if (item.data) object["data"] = *item.data;
  return object;
}

json::value to_json(const CompletionItem& item) {
  return {{"label", item.label},
          {"kind", kSnippetKind},
          {"detail", item.detail},
          {"filterText", item.filter_text},
          {"textEdit",
           {{"range", to_json(item.text_edit.range)}, {"newText", item.text_edit.new_text}}},
          {"data", item.data}};
}

json::value to_json(const InitializeResult& result) {
  return {
      {"capabilities",
       {{"positionEncoding", result.position_encoding},
        {"textDocumentSync", {{"openClose", true}, {"change", kIncrementalSync}, {"save", true}}},
        {"completionProvider", json::object()},
        {"inlineCompletionProvider", true},
        {"executeCommandProvider",
         {{"commands", json::array(result.commands.begin(), result.commands.end())}}}}},
      {"serverInfo", {{"name", result.server_name}, {"version", result.server_version}}}};
}

json::value to_json(const ProgressParams& progress) {
  using Kind = ProgressParams::Kind;
  json::object value;
  if (progress.kind == Kind::kBegin) {
    value = {{"kind", "begin"}, {"title", progress.title}, {"cancellable", false}};
  } else {
    value = {{"kind", progress.kind == Kind::kReport ? "report" : "end"}};
  }
  if (!progress.message.empty()) value["message"] = progress.message;
  if (progress.percentage && progress.kind != Kind::kEnd) {
    value["percentage"] = *progress.percentage;
  }
  return {{"token", progress.token}, {"value", std::move(value)}};
}

}  // namespace nextline::lsp
