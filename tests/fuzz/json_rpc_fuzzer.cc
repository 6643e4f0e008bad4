#include <spdlog/spdlog.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "lsp/completion/completion_service.h"
#include "lsp/completion/model_host.h"
#include "lsp/documents/document_store.h"
#include "lsp/language_server.h"
#include "lsp/protocol/decode.h"
#include "lsp/protocol/framing.h"
#include "lsp/protocol/message.h"
#include "lsp/settings/read_settings.h"
#include "lsp/settings/setting.h"

namespace {

using namespace nextline::lsp;

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr MessageReader::Limits kLimits = {.message = 4096, .header = 256};

/// Params of any kind are decoded or give a sentence.
template <typename Params>
void decode_as(const boost::json::value& params) {
  const auto decoded = decode<Params>(params);
  require(decoded || !decoded.error().message.empty());
}

void decode_as_every_type(const boost::json::value& params) {
  decode_as<CancelParams>(params);
  decode_as<CompletionParams>(params);
  decode_as<DidAcceptCompletionParams>(params);
  decode_as<DidChangeConfigurationParams>(params);
  decode_as<DidChangeTextDocumentParams>(params);
  decode_as<DidChangeWatchedFilesParams>(params);
  decode_as<DidChangeWorkspaceFoldersParams>(params);
  decode_as<DidCloseTextDocumentParams>(params);
  decode_as<DidMoveCursorParams>(params);
  decode_as<DidOpenTextDocumentParams>(params);
  decode_as<DidPartiallyAcceptCompletionParams>(params);
  decode_as<DidSaveTextDocumentParams>(params);
  decode_as<DidShowCompletionParams>(params);
  decode_as<ExecuteCommandParams>(params);
  decode_as<InitializeParams>(params);
  decode_as<InlineCompletionParams>(params);
}

/// Whatever is said of settings, what holds then can be said again without a complaint.
void read_as_settings(const boost::json::value& said) {
  const ReadSettings read = read_settings(said, {});
  boost::json::object again;
  for (const Setting& setting : all_settings()) {
    again[setting.name] = value_of(setting, read.settings);
  }
  const ReadSettings same = read_settings(again, {});
  require(same.problems.empty() && same.settings == read.settings);
}

/// The edits that are reported lead to the document's text, and its lines are where a fresh text
/// has them.
void change(DocumentStore& store, const DidChangeTextDocumentParams& params) {
  const Document* const document = store.find(params.text_document.uri);
  std::string bytes = document ? document->text().bytes() : "";
  const auto edits = store.change(params);
  if (!edits) return require(!edits.error().message.empty());
  if (!store.find(params.text_document.uri)) {
    return require(store.why_left_out(params.text_document.uri).has_value());
  }
  for (const ByteEdit& edit : *edits) {
    require(edit.offset + edit.removed <= bytes.size());
    bytes.replace(edit.offset, edit.removed, edit.inserted);
  }
  require(bytes == document->text().bytes());
  const Text fresh(bytes);
  require(fresh.line_count() == document->text().line_count());
  for (std::size_t line = 0; line < fresh.line_count(); ++line) {
    require(fresh.line(line) == document->text().line(line));
  }
}

void complete(const DocumentStore& store, const InlineCompletionParams& params) {
  const Document* const document = store.find(params.text_document.uri);
  if (!document) return;
  const Text& text = document->text();
  const std::size_t offset = text.offset_of(params.position, store.encoding());
  require(offset <= text.bytes().size());
  require(text.offset_of(text.position_of(offset, store.encoding()), store.encoding()) == offset);
}

void notify(DocumentStore& store, const Notification& notification) {
  if (notification.method == "textDocument/didOpen") {
    if (const auto params = decode<DidOpenTextDocumentParams>(notification.params)) {
      (void)store.open(params->text_document);
    }
  } else if (notification.method == "textDocument/didChange") {
    if (const auto params = decode<DidChangeTextDocumentParams>(notification.params)) {
      change(store, *params);
    }
  } else if (notification.method == "textDocument/didClose") {
    if (const auto params = decode<DidCloseTextDocumentParams>(notification.params)) {
      (void)store.close(params->text_document.uri);
    }
  }
}

/// A message that can be read can be written, and is the same when read again.
void take(DocumentStore& store, std::string_view content) {
  const auto message = parse_message(content);
  if (!message) return require(!message.error().outcome.error().message.empty());
  const auto again = parse_message(serialize_message(*message));
  require(again && serialize_message(*again) == serialize_message(*message));
  if (const auto* notification = std::get_if<Notification>(&*message)) {
    decode_as_every_type(notification->params);
    read_as_settings(notification->params);
    notify(store, *notification);
  } else if (const auto* request = std::get_if<Request>(&*message)) {
    decode_as_every_type(request->params);
    if (const auto params = decode<InlineCompletionParams>(request->params)) {
      complete(store, *params);
    }
  }
}

/// Of all inputs. Without a model, and nobody runs what the model's thread posts: requests wait
/// until they are superseded, cancelled or given up.
CompletionService& service() {
  static ModelHost host(
      {.load = [](const std::stop_token&) -> nextline::Result<nextline::Backend*> {
        return nextline::failure("There is no model.");
      }});
  static CompletionService the_service(host, {}, [](const auto&) {});
  return the_service;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argument_count*/, char*** /*arguments*/) {
  spdlog::set_level(spdlog::level::off);
  return 0;
}

// The first byte chooses the position encoding and the length of the chunks, the others are the
// stream.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const DocumentRoom room({.document_bytes = 256, .documents = 3, .all_bytes = 512});
  DocumentStore store(static_cast<PositionEncoding>(data[0] % 3), room);
  const std::size_t chunk = data[0] / 3 + 1u;
  std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);

  LanguageServer server(service(), "", [](const Message& message) {
    const auto again = parse_message(serialize_message(message));
    require(again || again.error().id == RequestId());
  });
  server.show({"Loading", 10});
  MessageReader reader(kLimits);
  while (!stream.empty()) {
    const std::string_view part = stream.substr(0, chunk);
    stream.remove_prefix(part.size());
    reader.feed(part);
    while (const auto content = reader.next()) {
      server.receive(*content);
      if (*content) {
        take(store, **content);
      } else {
        require(!content->error().error.message.empty());
      }
    }
  }
  (void)reader.end_of_stream();
  return 0;
}
