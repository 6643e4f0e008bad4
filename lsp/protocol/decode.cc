#include "lsp/protocol/decode.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <utility>

#include "lsp/protocol/field.h"

namespace nextline::lsp {
namespace {

namespace json = boost::json;

constexpr int kInsertAsIs = 1;  // InsertTextMode.asIs

// What is kept under a name, for each document, folder or request, is bounded by these.
constexpr std::size_t kLongestUri = std::size_t{16} << 10U;  // Of the longest path, all escaped.
constexpr std::size_t kLongestName = 256;
constexpr std::size_t kLongestSelection = std::size_t{64} << 10U;

std::string read_string(const Field& field) { return field.string(); }
std::string read_uri(const Field& field) { return field.string(kLongestUri); }

Position read_position(const Field& field) {
  field.object();
  return {field["line"].unsigned_integer(), field["character"].unsigned_integer()};
}

Range read_range(const Field& field) {
  field.object();
  return {read_position(field["start"]), read_position(field["end"])};
}

TextDocumentIdentifier read_identifier(const Field& field) {
  return {read_uri(field.object()["uri"])};
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
  return {read_range(field["range"]), field["text"].string(kLongestSelection)};
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
  return {read_uri(field["uri"]), field["name"].string(kLongestUri)};
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
  result.text_document = {read_uri(document["uri"]), document["languageId"].string(kLongestName),
                          document["version"].integer(), document["text"].string()};
}

void read(const Field& params, DidChangeTextDocumentParams& result) {
  const Field document = params["textDocument"].object();
  result.text_document = {
      read_uri(document["uri"]),
      document["version"].optional([](const Field& version) { return version.integer(); })};
  result.content_changes = read_array(params["contentChanges"], read_change);
}

void read(const Field& params, DidCloseTextDocumentParams& result) {
  result.text_document = read_identifier(params["textDocument"]);
}

void read(const Field& params, DidSaveTextDocumentParams& result) {
  result.text_document = read_identifier(params["textDocument"]);
}

void read(const Field& params, CacheParams& result) {
  result.text_document = read_identifier(params["textDocument"]);
  const auto after =
      params["after"].optional([](const Field& number) { return number.long_integer(); });
  result.after = std::max<std::int64_t>(after.value_or(0), 0);
}

void read(const Field& params, DocumentParams& result) {
  result.text_document = read_identifier(params["textDocument"]);
  const auto with_text =
      params["withText"].optional([](const Field& flag) { return flag.boolean(); });
  result.with_text = with_text.value_or(false);
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
  result.command = params["command"].string(kLongestName);
  const Field arguments = params["arguments"];
  for (const Field& argument :
       arguments.is_left_out() ? std::vector<Field>() : arguments.elements()) {
    result.arguments.push_back(*argument.value());
  }
}

/// The number of an item that the server has made: in its data, or where an editor keeps only what
/// LSP has, in its command.
std::int64_t read_suggestion(const Field& item) {
  item.object();
  const Field in_data = item["data"]["id"];
  const Field arguments = item["command"]["arguments"];
  if (!in_data.is_left_out() || arguments.is_left_out()) return in_data.long_integer();
  const std::vector<Field> all = arguments.elements();
  if (!all.empty()) return all.front()["id"].long_integer();
  in_data.complain("a whole number");
  return 0;
}

void read(const Field& params, DidShowCompletionParams& result) {
  result.suggestion = read_suggestion(params["item"]);
}

void read(const Field& params, DidPartiallyAcceptCompletionParams& result) {
  result.suggestion = read_suggestion(params["item"]);
  result.accepted_length = params["acceptedLength"].unsigned_integer();
}

void read(const Field& params, DidAcceptCompletionParams& result) {
  result.suggestion = params["id"].long_integer();
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

void read(const Field& params, DidChangeConfigurationParams& result) {
  const Field settings = params["settings"];
  if (!settings.is_left_out()) result.settings = *settings.value();
}

void read(const Field& params, DidChangeWorkspaceFoldersParams& result) {
  const Field event = params["event"].object();
  result.added = read_optional_array(event["added"], read_workspace_folder);
  result.removed = read_optional_array(event["removed"], read_workspace_folder);
}

void read(const Field& params, DidChangeWatchedFilesParams& result) {
  result.uris = read_array(params["changes"],
                           [](const Field& change) { return read_uri(change.object()["uri"]); });
}

/// Whether a flag is there and true.
bool is_set(const Field& flag) {
  return flag.value() != nullptr && flag.value()->is_bool() && flag.value()->get_bool();
}

/// Whether a list is there and has this.
bool has(const Field& list, const json::value& wanted) {
  const json::array* const array = list.value() ? list.value()->if_array() : nullptr;
  return array != nullptr && std::find(array->begin(), array->end(), wanted) != array->end();
}

MarkupKind read_documentation_format(const Field& formats) {
  const json::array* const array = formats.value() ? formats.value()->if_array() : nullptr;
  if (array == nullptr || array->empty()) return MarkupKind::kPlainText;
  return array->front() == "markdown" ? MarkupKind::kMarkdown : MarkupKind::kPlainText;
}

ClientCapabilities read_capabilities(const Field& capabilities) {
  constexpr std::string_view kDynamic = "dynamicRegistration";
  const Field workspace = capabilities["workspace"];
  const Field item = capabilities["textDocument"]["completion"]["completionItem"];
  ClientCapabilities result;
  result.position_encodings =
      read_optional_array(capabilities["general"]["positionEncodings"], read_string);
  result.work_done_progress = is_set(capabilities["window"]["workDoneProgress"]);
  result.configuration = is_set(workspace["configuration"]);
  result.registers_configuration = is_set(workspace["didChangeConfiguration"][kDynamic]);
  result.registers_watched_files = is_set(workspace["didChangeWatchedFiles"][kDynamic]);
  result.inserts_as_is = has(item["insertTextModeSupport"]["valueSet"], kInsertAsIs);
  result.label_details = is_set(item["labelDetailsSupport"]);
  result.documentation = read_documentation_format(item["documentationFormat"]);
  return result;
}

void read(const Field& params, InitializeParams& result) {
  result.process_id = params["processId"].optional(
      [](const Field& process_id) { return process_id.long_integer(); });
  result.client_info = params["clientInfo"].optional(read_client_info);
  result.root_uri = params["rootUri"].optional(read_uri);
  result.workspace_folders = read_optional_array(params["workspaceFolders"], read_workspace_folder);
  const Field options = params["initializationOptions"];
  if (!options.is_left_out()) result.initialization_options = *options.value();

  result.capabilities = read_capabilities(params["capabilities"].object());
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

template tl::expected<CacheParams, ResponseError> decode(const json::value&);
template tl::expected<CancelParams, ResponseError> decode(const json::value&);
template tl::expected<CompletionParams, ResponseError> decode(const json::value&);
template tl::expected<DidAcceptCompletionParams, ResponseError> decode(const json::value&);
template tl::expected<DidChangeConfigurationParams, ResponseError> decode(const json::value&);
template tl::expected<DidChangeTextDocumentParams, ResponseError> decode(const json::value&);
template tl::expected<DidChangeWatchedFilesParams, ResponseError> decode(const json::value&);
template tl::expected<DidChangeWorkspaceFoldersParams, ResponseError> decode(const json::value&);
template tl::expected<DidCloseTextDocumentParams, ResponseError> decode(const json::value&);
template tl::expected<DidMoveCursorParams, ResponseError> decode(const json::value&);
template tl::expected<DidOpenTextDocumentParams, ResponseError> decode(const json::value&);
template tl::expected<DidSaveTextDocumentParams, ResponseError> decode(const json::value&);
template tl::expected<DidPartiallyAcceptCompletionParams, ResponseError> decode(const json::value&);
template tl::expected<DidShowCompletionParams, ResponseError> decode(const json::value&);
template tl::expected<InitializeParams, ResponseError> decode(const json::value&);
template tl::expected<InlineCompletionParams, ResponseError> decode(const json::value&);
template tl::expected<DocumentParams, ResponseError> decode(const json::value&);
template tl::expected<ExecuteCommandParams, ResponseError> decode(const json::value&);

}  // namespace nextline::lsp
