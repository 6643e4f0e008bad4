#include "lsp/protocol/decode.h"

#include <utility>

#include "lsp/protocol/field.h"

namespace nextline::lsp {
namespace {

namespace json = boost::json;

std::string read_string(const Field& field) { return field.string(); }

Position read_position(const Field& field) {
  field.object();
  return {field["line"].unsigned_integer(), field["character"].unsigned_integer()};
}

Range read_range(const Field& field) {
  field.object();
  return {read_position(field["start"]), read_position(field["end"])};
}

TextDocumentIdentifier read_identifier(const Field& field) {
  return {field.object()["uri"].string()};
}

TextDocumentContentChangeEvent read_change(const Field& field) {
  field.object();
  return {field["range"].optional(read_range), field["text"].string()};
}

template <typename Kind>
Kind read_trigger_kind(const Field& field, Kind last) {
  const std::int32_t kind = field.integer();
  if (kind >= 1 && kind <= static_cast<std::int32_t>(last)) return static_cast<Kind>(kind);
  field.complain("one of the numbers from 1 to " + std::to_string(static_cast<int>(last)));
  return Kind::kInvoked;
}

CompletionContext read_completion_context(const Field& field) {
  field.object();
  return {read_trigger_kind(field["triggerKind"],
                            CompletionTriggerKind::kTriggerForIncompleteCompletions),
          field["triggerCharacter"].optional(read_string)};
}

SelectedCompletionInfo read_selected_completion_info(const Field& field) {
  field.object();
  return {read_range(field["range"]), field["text"].string()};
}

InlineCompletionContext read_inline_completion_context(const Field& field) {
  field.object();
  return {read_trigger_kind(field["triggerKind"], InlineCompletionTriggerKind::kAutomatic),
          field["selectedCompletionInfo"].optional(read_selected_completion_info)};
}

ClientInfo read_client_info(const Field& field) {
  field.object();
  return {field["name"].string(), field["version"].optional(read_string).value_or("")};
}

WorkspaceFolder read_workspace_folder(const Field& field) {
  field.object();
  return {field["uri"].string(), field["name"].string()};
}

template <typename Reader>
auto read_array(const Field& field, Reader reader) {
  std::vector<decltype(reader(field))> result;
  for (const Field& element : field.elements()) result.push_back(reader(element));
  return result;
}

template <typename Reader>
auto read_optional_array(const Field& field, Reader reader) {
  return field.is_left_out() ? decltype(read_array(field, reader)){} : read_array(field, reader);
}

void read(const Field& params, DidOpenTextDocumentParams& result) {
  const Field document = params["textDocument"].object();
  result.text_document = {document["uri"].string(), document["languageId"].string(),
                          document["version"].integer(), document["text"].string()};
}

void read(const Field& params, DidChangeTextDocumentParams& result) {
  const Field document = params["textDocument"].object();
  result.text_document = {
      document["uri"].string(),
      document["version"].optional([](const Field& version) { return version.integer(); })};
  result.content_changes = read_array(params["contentChanges"], read_change);
}

void read(const Field& params, DidCloseTextDocumentParams& result) {
  result.text_document = read_identifier(params["textDocument"]);
}

void read(const Field& params, DidSaveTextDocumentParams& result) {
  result.text_document = read_identifier(params["textDocument"]);
}

void read(const Field& params, DidMoveCursorParams& result) {
  result.text_document = read_identifier(params["textDocument"]);
  result.position = read_position(params["position"]);
}

void read(const Field& params, CompletionParams& result) {
  result.text_document = read_identifier(params["textDocument"]);
  result.position = read_position(params["position"]);
  result.context = params["context"].optional(read_completion_context);
}

void read(const Field& params, InlineCompletionParams& result) {
  result.text_document = read_identifier(params["textDocument"]);
  result.position = read_position(params["position"]);
  result.context = read_inline_completion_context(params["context"]);
}

void read(const Field& params, ExecuteCommandParams& result) {
  result.command = params["command"].string();
}

void read(const Field& params, CancelParams& result) {
  const Field id = params["id"];
  if (!id.is_left_out()) {
    if (auto read_id = request_id_from_json(*id.value())) {
      result.id = std::move(*read_id);
      return;
    }
  }
  id.complain("a string or a whole number");
}

void read(const Field& params, InitializeParams& result) {
  result.process_id = params["processId"].optional(
      [](const Field& process_id) { return process_id.long_integer(); });
  result.client_info = params["clientInfo"].optional(read_client_info);
  result.root_uri = params["rootUri"].optional(read_string);
  result.workspace_folders = read_optional_array(params["workspaceFolders"], read_workspace_folder);
  const Field options = params["initializationOptions"];
  if (!options.is_left_out()) result.initialization_options = *options.value();

  const Field capabilities = params["capabilities"].object();
  result.position_encodings =
      read_optional_array(capabilities["general"]["positionEncodings"], read_string);
  const Field work_done_progress = capabilities["window"]["workDoneProgress"];
  result.work_done_progress = !work_done_progress.is_left_out() && work_done_progress.boolean();
}

}  // namespace

template <typename Params>
tl::expected<Params, ResponseError> decode(const json::value& params) {
  std::string problem;
  const Field field(params, "params", problem);
  Params result;
  field.object();
  read(field, result);
  if (problem.empty()) return result;
  return tl::unexpected(ResponseError{ErrorCode::kInvalidParams, std::move(problem)});
}

template tl::expected<CancelParams, ResponseError> decode(const json::value&);
template tl::expected<CompletionParams, ResponseError> decode(const json::value&);
template tl::expected<DidChangeTextDocumentParams, ResponseError> decode(const json::value&);
template tl::expected<DidCloseTextDocumentParams, ResponseError> decode(const json::value&);
template tl::expected<DidMoveCursorParams, ResponseError> decode(const json::value&);
template tl::expected<DidOpenTextDocumentParams, ResponseError> decode(const json::value&);
template tl::expected<DidSaveTextDocumentParams, ResponseError> decode(const json::value&);
template tl::expected<InitializeParams, ResponseError> decode(const json::value&);
template tl::expected<InlineCompletionParams, ResponseError> decode(const json::value&);
template tl::expected<ExecuteCommandParams, ResponseError> decode(const json::value&);

}  // namespace nextline::lsp
