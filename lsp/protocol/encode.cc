#include "lsp/protocol/encode.h"

#include <boost/json/object.hpp>
#include <utility>

namespace nextline::lsp {

namespace json = boost::json;

namespace {

constexpr int kTextKind = 1;         // CompletionItemKind.Text
constexpr int kInsertAsIs = 1;       // InsertTextMode.asIs
constexpr int kIncrementalSync = 2;  // TextDocumentSyncKind.Incremental

}  // namespace

json::value to_json(Position position) {
  return {{"line", position.line}, {"character", position.character}};
}

json::value to_json(const Range& range) {
  return {{"start", to_json(range.start)}, {"end", to_json(range.end)}};
}

json::value to_json(const Command& command) {
  return {{"title", command.title}, {"command", command.command}, {"arguments", command.arguments}};
}

json::value to_json(const InlineCompletionItem& item) {
  json::object object = {{"insertText", item.insert_text}};
  if (item.range) object["range"] = to_json(*item.range);
  if (item.filter_text) object["filterText"] = *item.filter_text;
  if (item.data) object["data"] = *item.data;
  if (item.command) object["command"] = to_json(*item.command);
  return object;
}

json::value to_json(const MarkupContent& content) {
  // As a string, every client takes plain text.
  if (content.kind == MarkupKind::kPlainText) return json::string(content.value);
  return {{"kind", "markdown"}, {"value", content.value}};
}

json::value to_json(const CompletionItem& item) {
  json::object object = {
      {"label", item.label},
      {"kind", kTextKind},
      {"filterText", item.filter_text},
      {"textEdit",
       {{"range", to_json(item.text_edit.range)}, {"newText", item.text_edit.new_text}}},
      {"data", item.data}};
  if (item.has_label_details) {
    object["labelDetails"] = {{"description", item.detail}};
  } else {
    object["detail"] = item.detail;
  }
  if (item.inserts_as_is) object["insertTextMode"] = kInsertAsIs;
  if (item.documentation) object["documentation"] = to_json(*item.documentation);
  if (item.command) object["command"] = to_json(*item.command);
  return object;
}

// Menus open by themselves behind a dot, of all characters: there, whoever types on chooses from
// one. Behind others, such as the colon or the bracket that ends a line, the Enter that is meant to
// break the line would take the entry instead.
json::value to_json(const InitializeResult& result) {
  return {
      {"capabilities",
       {{"positionEncoding", result.position_encoding},
        {"textDocumentSync", {{"openClose", true}, {"change", kIncrementalSync}, {"save", true}}},
        {"completionProvider",
         {{"triggerCharacters", {"."}}, {"completionItem", {{"labelDetailsSupport", true}}}}},
        {"inlineCompletionProvider", true},
        {"executeCommandProvider",
         {{"commands", json::array(result.commands.begin(), result.commands.end())}}},
        {"workspace",
         {{"workspaceFolders", {{"supported", true}, {"changeNotifications", true}}}}}}},
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
