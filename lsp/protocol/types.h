#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lsp/protocol/message.h"

// The types of LSP 3.18 that Nextline speaks, with the members it uses. Names are LSP's. Strings
// are WTF-8 (`wtf8.h`).

namespace nextline::lsp {

/// Both count from 0; what a character is, the negotiated position encoding says.
struct Position {
  std::uint32_t line = 0;
  std::uint32_t character = 0;
  auto operator<=>(const Position&) const = default;
};

/// `end` is exclusive. Nothing here forbids an end before the start.
struct Range {
  Position start;
  Position end;
  bool operator==(const Range&) const = default;
};

struct TextDocumentItem {
  std::string uri;
  std::string language_id;
  std::int32_t version = 0;
  std::string text;
  bool operator==(const TextDocumentItem&) const = default;
};

struct TextDocumentIdentifier {
  std::string uri;
  bool operator==(const TextDocumentIdentifier&) const = default;
};

struct VersionedTextDocumentIdentifier {
  std::string uri;
  std::optional<std::int32_t> version;  ///< LSP demands it; clients have been seen to send null.
  bool operator==(const VersionedTextDocumentIdentifier&) const = default;
};

struct TextDocumentContentChangeEvent {
  std::optional<Range> range;  ///< Without it, `text` is the whole document.
  std::string text;
  bool operator==(const TextDocumentContentChangeEvent&) const = default;
};

struct DidOpenTextDocumentParams {
  TextDocumentItem text_document;
};

struct DidChangeTextDocumentParams {
  VersionedTextDocumentIdentifier text_document;
  /// In order: each range refers to the text as the changes before it left it.
  std::vector<TextDocumentContentChangeEvent> content_changes;
};

struct DidCloseTextDocumentParams {
  TextDocumentIdentifier text_document;
};

struct DidSaveTextDocumentParams {
  TextDocumentIdentifier text_document;
};

/// Of `nextline/didMoveCursor`, which is Nextline's own: where the user's cursor is now, for
/// clients that can tell without being asked for a completion.
struct DidMoveCursorParams {
  TextDocumentIdentifier text_document;
  Position position;
};

/// Of `nextline/cache`, which is Nextline's own, too.
struct CacheParams {
  TextDocumentIdentifier text_document;
  std::int64_t after = 0;  ///< The number of the report that the client has; 0: it has none.
};

/// Of `nextline/document`, likewise.
struct DocumentParams {
  TextDocumentIdentifier text_document;
  bool with_text = false;  ///< Whether the text itself is wanted.
};

struct WorkspaceFolder {
  std::string uri;
  std::string name;
  bool operator==(const WorkspaceFolder&) const = default;
};

struct ClientInfo {
  std::string name;
  std::string version;  ///< Empty if the client does not tell.
  bool operator==(const ClientInfo&) const = default;
};

enum class MarkupKind : std::uint8_t { kPlainText, kMarkdown };

/// Of what a client says it can do, what makes a difference here. A flag that is anything but
/// `true` counts as not there.
struct ClientCapabilities {
  /// `general.positionEncodings`, best first; empty if the client offers nothing.
  std::vector<std::string> position_encodings;
  /// `window.workDoneProgress`: `$/progress` may be sent.
  bool work_done_progress = false;
  /// `workspace.configuration`: it can be asked for settings.
  bool configuration = false;
  /// `dynamicRegistration` of `workspace.didChangeConfiguration` and of `…didChangeWatchedFiles`.
  bool registers_configuration = false;
  bool registers_watched_files = false;
  /// Of `textDocument.completion.completionItem`: `insertTextModeSupport` has `asIs`.
  bool inserts_as_is = false;
  bool label_details = false;
  MarkupKind documentation = MarkupKind::kPlainText;  ///< What it would rather have.
};

struct InitializeParams {
  std::optional<std::int64_t> process_id;  ///< The server ends when this process does.
  std::optional<ClientInfo> client_info;
  std::optional<std::string> root_uri;
  std::vector<WorkspaceFolder> workspace_folders;
  boost::json::value initialization_options;  ///< As they came; null if there are none.
  ClientCapabilities capabilities;
};

struct DidChangeConfigurationParams {
  boost::json::value settings;  ///< As they came; null if there are none.
};

struct DidChangeWorkspaceFoldersParams {
  std::vector<WorkspaceFolder> added;
  std::vector<WorkspaceFolder> removed;
};

/// Of files that were made, changed or deleted; which of these does not matter here.
struct DidChangeWatchedFilesParams {
  std::vector<std::string> uris;
};

enum class CompletionTriggerKind : std::uint8_t {
  kInvoked = 1,
  kTriggerCharacter = 2,
  kTriggerForIncompleteCompletions = 3,
};

struct CompletionContext {
  CompletionTriggerKind trigger_kind = CompletionTriggerKind::kInvoked;
  std::optional<std::string> trigger_character;
  bool operator==(const CompletionContext&) const = default;
};

struct CompletionParams {
  TextDocumentIdentifier text_document;
  Position position;
  std::optional<CompletionContext> context;
};

enum class InlineCompletionTriggerKind : std::uint8_t { kInvoked = 1, kAutomatic = 2 };

/// What the editor's own completion menu would insert.
struct SelectedCompletionInfo {
  Range range;
  std::string text;
  bool operator==(const SelectedCompletionInfo&) const = default;
};

struct InlineCompletionContext {
  InlineCompletionTriggerKind trigger_kind = InlineCompletionTriggerKind::kInvoked;
  std::optional<SelectedCompletionInfo> selected_completion_info;
  bool operator==(const InlineCompletionContext&) const = default;
};

struct InlineCompletionParams {
  TextDocumentIdentifier text_document;
  Position position;
  InlineCompletionContext context;
};

struct ExecuteCommandParams {
  std::string command;
  boost::json::array arguments;  ///< As they came; empty if there are none.
};

/// Of `textDocument/didShowCompletion`, which is no part of LSP: the user sees an item.
struct DidShowCompletionParams {
  std::int64_t suggestion = 0;  ///< The item's number.
};

/// Of `textDocument/didPartiallyAcceptCompletion`, likewise: the user has taken the beginning of an
/// item into the text.
struct DidPartiallyAcceptCompletionParams {
  std::int64_t suggestion = 0;
  std::uint32_t accepted_length = 0;  ///< Of its text, in UTF-16 code units; all until now.
};

/// The argument of the command that an editor executes when an item is accepted.
struct DidAcceptCompletionParams {
  std::int64_t suggestion = 0;
};

/// Something that `workspace/executeCommand` does.
struct Command {
  std::string title;
  std::string command;
  boost::json::array arguments;
};

struct InlineCompletionItem {
  std::string insert_text;
  std::optional<Range> range;  ///< What the text replaces; without it, the word at the cursor.
  std::optional<std::string> filter_text = std::nullopt;
  std::optional<boost::json::value> data =
      std::nullopt;                               ///< No member of LSP's; other items have it.
  std::optional<Command> command = std::nullopt;  ///< Executed when the item is accepted.
};

struct TextEdit {
  Range range;
  std::string new_text;
};

struct MarkupContent {
  MarkupKind kind = MarkupKind::kPlainText;
  std::string value;
};

struct CompletionItem {
  std::string label;
  /// Who suggests it: beside the label, if the client shows `labelDetails`, else as `detail`.
  std::string detail;
  std::string filter_text;
  TextEdit text_edit;
  boost::json::value data;
  bool has_label_details = false;
  bool inserts_as_is = false;  ///< `insertTextMode`: indentation is left as it is.
  std::optional<MarkupContent> documentation = std::nullopt;
  std::optional<Command> command = std::nullopt;  ///< Executed when the item is accepted.
};

/// What the server can do; the same for every client, but for the position encoding.
struct InitializeResult {
  std::string position_encoding;
  std::string server_name;
  std::string server_version;
  std::vector<std::string> commands;  ///< That `workspace/executeCommand` takes.
};

enum class MessageType : std::uint8_t { kError = 1, kWarning = 2, kInfo = 3, kLog = 4 };

/// Of `$/progress`: a work-done progress of one of three kinds.
struct ProgressParams {
  enum class Kind : std::uint8_t { kBegin, kReport, kEnd };
  std::string token;
  Kind kind = Kind::kBegin;
  std::string title;  ///< At the beginning only.
  std::string message;
  std::optional<std::uint32_t> percentage;  ///< 0 to 100.
};

/// Of `$/cancelRequest`.
struct CancelParams {
  RequestId id;
};

}  // namespace nextline::lsp
