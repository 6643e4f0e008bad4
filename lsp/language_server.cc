#include "lsp/language_server.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "engine/disk/sha256.h"
#include "lsp/completion/completion_data.h"
#include "lsp/menu_item.h"
#include "lsp/protocol/decode.h"
#include "lsp/protocol/encode.h"
#include "lsp/protocol/file_uri.h"
#include "lsp/statistics/statistics_report.h"
#include "lsp/syntax/lines.h"

namespace nextline::lsp {
namespace {

namespace json = boost::json;

/// An item's number and what it took, for those who look at its `data`.
json::value data_of(Feedback::SuggestionNumber number, const Suggestion& suggestion) {
  const Completion& completion = suggestion.completion;
  json::object data = {{"id", number},
                       {"timing", to_json(completion.timing)},
                       {"tokens", to_json(completion.tokens)}};
  if (!suggestion.drafts.empty()) data["drafts"] = to_json(suggestion.drafts);
  return data;
}

/// Where the word that ends at `offset` begins.
std::size_t word_start(std::string_view text, std::size_t offset) {
  while (offset > 0 && is_name_byte(text[offset - 1])) --offset;
  return offset;
}

/// Is executed by an editor in which an item was accepted.
constexpr const char* kDidAccept = "nextline.didAccept";

Command acceptance_of(Feedback::SuggestionNumber number) {
  return {"", kDidAccept, {json::object{{"id", number}}}};
}

constexpr const char* kNoStatistics = "No statistics are kept here.";

/// What a log can show of a message's method.
std::string_view shortened(const std::string& method) {
  return std::string_view(method).substr(0, 80);
}

/// What became of a request, for the user.
std::string sentence_of(const Result<std::optional<Suggestion>>& outcome) {
  if (!outcome) return outcome.error().message;
  if (!*outcome) return "The request was superseded: the text or the cursor changed meanwhile.";
  return lsp::sentence_of(**outcome);
}

}  // namespace

LanguageServer::LanguageServer(CompletionService& service, std::string version, Send send,
                               Feedback::Options feedback, PinnedSettings pinned, DocumentRoom room)
    : service_(service),
      version_(std::move(version)),
      send_(std::move(send)),
      requests_(send_),
      window_(send_),
      workspace_(service, requests_, window_, std::move(pinned)),
      statistics_(feedback.statistics),
      feedback_(std::move(feedback),
                [this](DocumentId document, std::size_t first, std::size_t last) {
                  service_.kept(document, first, last);
                }),
      progress_("nextline/model", "Nextline", requests_, send_),
      history_progress_("nextline/history", "Nextline", requests_, send_),
      room_(std::move(room)),
      cache_requests_([this](const RequestId& request, json::value report) {
        answer(request, std::move(report));
      }) {}

LanguageServer::~LanguageServer() {
  for (const auto& [request, ticket] : pending_) service_.cancel(ticket);
  feedback_.close_all();
  for (const auto& [uri, document] : open_) service_.close(document.id);
}

void LanguageServer::receive(const MessageReader::Outcome& message) {
  if (!message) {
    const Error& error = message.error().error;
    spdlog::warn("{}", error.message);
    if (!error.cause.empty()) spdlog::debug("{}", error.cause);
    return fail({}, ErrorCode::kInvalidRequest, error.message);
  }
  const auto parsed = parse_message(*message);
  if (!parsed) {
    spdlog::warn("{}", parsed.error().outcome.error().message);
    return send_(parsed.error());
  }
  std::visit([this](const auto& kind) { take(kind); }, *parsed);
}

void LanguageServer::take(const Request& request) {
  struct Method {
    std::string_view name;
    void (LanguageServer::*take)(const Request&);
  };
  static constexpr std::array kMethods = {
      Method{"initialize", &LanguageServer::initialize},
      Method{"shutdown", &LanguageServer::shut_down},
      Method{"textDocument/completion", &LanguageServer::complete},
      Method{"textDocument/inlineCompletion", &LanguageServer::complete_inline},
      Method{"workspace/executeCommand", &LanguageServer::execute_command},
      Method{"nextline/cache", &LanguageServer::tell_cache},
      Method{"nextline/document", &LanguageServer::tell_document},
  };
  if (phase_ == Phase::kShutDown) {
    return fail(request.id, ErrorCode::kInvalidRequest,
                "The server has been shut down; only exit may follow.");
  }
  if (phase_ == Phase::kNew && request.method != "initialize") {
    return fail(request.id, ErrorCode::kServerNotInitialized,
                "The first request must be initialize.");
  }
  if (pending_.contains(request.id) || cache_requests_.contains(request.id)) {
    return fail(request.id, ErrorCode::kInvalidRequest,
                "A request with this id is waiting for its answer.");
  }
  const auto* const method = std::find_if(
      kMethods.begin(), kMethods.end(), [&](const Method& m) { return m.name == request.method; });
  if (method == kMethods.end()) {
    return fail(request.id, ErrorCode::kMethodNotFound,
                "There is no method '" + std::string(shortened(request.method)) + "'.");
  }
  try {
    (this->*method->take)(request);
  } catch (const std::bad_alloc&) {
    fail(request.id, ErrorCode::kRequestFailed, "There is not enough memory for this request.");
  }
}

void LanguageServer::take(const Notification& notification) {
  struct Method {
    std::string_view name;
    void (LanguageServer::*take)(const Notification&);
  };
  static constexpr std::array kMethods = {
      Method{"initialized", &LanguageServer::initialized},
      Method{"exit", &LanguageServer::exit},
      Method{"textDocument/didOpen", &LanguageServer::did_open},
      Method{"textDocument/didChange", &LanguageServer::did_change},
      Method{"textDocument/didSave", &LanguageServer::did_save},
      Method{"textDocument/didClose", &LanguageServer::did_close},
      Method{"textDocument/didShowCompletion", &LanguageServer::did_show},
      Method{"textDocument/didPartiallyAcceptCompletion", &LanguageServer::did_accept_partly},
      Method{"nextline/didMoveCursor", &LanguageServer::did_move_cursor},
      Method{"$/cancelRequest", &LanguageServer::cancel_request},
      Method{"workspace/didChangeConfiguration", &LanguageServer::did_change_configuration},
      Method{"workspace/didChangeWorkspaceFolders", &LanguageServer::did_change_workspace_folders},
      Method{"workspace/didChangeWatchedFiles", &LanguageServer::did_change_watched_files},
  };
  const auto* const method = std::find_if(kMethods.begin(), kMethods.end(), [&](const Method& m) {
    return m.name == notification.method;
  });
  const bool is_expected = phase_ == Phase::kInitialized || notification.method == "exit";
  if (method == kMethods.end() || !is_expected) {
    spdlog::debug("The notification '{}' is ignored.", shortened(notification.method));
    return;
  }
  (this->*method->take)(notification);
}

void LanguageServer::take(const Response& response) {
  if (requests_.take(response)) return;
  spdlog::debug("A response to no request is ignored.");
}

void LanguageServer::initialize(const Request& request) {
  if (phase_ != Phase::kNew) {
    return fail(request.id, ErrorCode::kInvalidRequest, "The server is initialized already.");
  }
  const auto params = decode<InitializeParams>(request.params);
  if (!params) return fail(request.id, params.error());
  capabilities_ = params->capabilities;
  const PositionEncoding encoding = negotiate_position_encoding(capabilities_.position_encodings);
  documents_.emplace(encoding, room_);
  phase_ = Phase::kInitialized;
  workspace_.begin(*params);
  if (params->client_info) {
    spdlog::info("The client is {} {}; positions are in {}.", params->client_info->name,
                 params->client_info->version, name_of(encoding));
  }
  InitializeResult result{std::string(name_of(encoding)), "Nextline", version_, {}};
  for (const CommandMethod& command : commands()) result.commands.emplace_back(command.name);
  answer(request.id, to_json(result));
}

void LanguageServer::shut_down(const Request& request) {
  for (const auto& [id, ticket] : std::exchange(pending_, {})) {
    service_.cancel(ticket);
    fail(id, ErrorCode::kRequestCancelled, "The server is being shut down.");
  }
  for (const RequestId& id : cache_requests_.give_up()) {
    fail(id, ErrorCode::kRequestCancelled, "The server is being shut down.");
  }
  phase_ = Phase::kShutDown;
  answer(request.id, nullptr);
}

void LanguageServer::initialized(const Notification& /*notification*/) {
  window_.allow();
  workspace_.initialized();
  if (!capabilities_.work_done_progress) return;
  progress_.allow();
  history_progress_.allow();
}

void LanguageServer::exit(const Notification& /*notification*/) {
  exit_status_ = phase_ == Phase::kShutDown ? 0 : 1;
}

void LanguageServer::did_open(const Notification& notification) {
  auto params = decode<DidOpenTextDocumentParams>(notification.params);
  if (!params) return spdlog::error("didOpen: {}", params.error().message);
  const std::string uri = params->text_document.uri;
  const auto document = documents_->open(std::move(params->text_document));
  if (!document) return spdlog::error("didOpen: {}", document.error().message);
  if (!*document) return tell_left_out(uri);
  auto file = path_of(uri).value_or(std::filesystem::path());
  const DocumentId id = service_.open((*document)->snapshot(), std::move(file));
  feedback_.open(id, (*document)->language_id(), (*document)->snapshot().text);
  open_.emplace(uri, OpenDocument{id});
}

void LanguageServer::did_change(const Notification& notification) {
  const auto params = decode<DidChangeTextDocumentParams>(notification.params);
  if (!params) return spdlog::error("didChange: {}", params.error().message);
  if (documents_->why_left_out(params->text_document.uri)) return;
  const auto edits = documents_->change(*params);
  const auto open = open_.find(params->text_document.uri);
  if (open == open_.end()) return spdlog::error("didChange: {}", edits.error().message);
  if (!documents_->find(open->first)) {
    forget(open);
    return tell_left_out(params->text_document.uri);
  }
  OpenDocument& document = open->second;
  if (!edits) {
    document.in_step = false;
    show_error("Nextline could not follow a change of '" + open->first +
               "' and completes nothing there until it is opened again. " + edits.error().message);
  }
  const auto& changes = params->content_changes;
  if (edits &&
      std::any_of(changes.begin(), changes.end(), [](const auto& c) { return !c.range; })) {
    document.in_step = true;
  }
  if (edits && edits->empty()) return;
  const DocumentSnapshot snapshot = documents_->find(open->first)->snapshot();
  if (edits) feedback_.change(document.id, snapshot.text, *edits);
  service_.change(document.id, snapshot,
                  edits ? std::span<const ByteEdit>(*edits) : std::span<const ByteEdit>());
}

void LanguageServer::did_save(const Notification& notification) {
  const auto params = decode<DidSaveTextDocumentParams>(notification.params);
  if (!params) return spdlog::error("didSave: {}", params.error().message);
  const auto open = open_.find(params->text_document.uri);
  if (open == open_.end()) return;
  if (open->second.in_step) service_.save(open->second.id);
  if (auto file = path_of(open->first)) workspace_.files_changed({std::move(*file)});
}

void LanguageServer::did_close(const Notification& notification) {
  const auto params = decode<DidCloseTextDocumentParams>(notification.params);
  if (!params) return spdlog::error("didClose: {}", params.error().message);
  const auto open = open_.find(params->text_document.uri);
  if (const auto closed = documents_->close(params->text_document.uri); !closed) {
    return spdlog::error("didClose: {}", closed.error().message);
  }
  if (open != open_.end()) forget(open);
}

void LanguageServer::forget(std::unordered_map<std::string, OpenDocument>::iterator open) {
  feedback_.close(open->second.id);
  service_.close(open->second.id);
  cache_requests_.close(open->second.id);
  open_.erase(open);
}

void LanguageServer::tell_left_out(const std::string& uri) {
  if (const auto why = documents_->why_left_out(uri)) show_warning(*why);
}

void LanguageServer::did_move_cursor(const Notification& notification) {
  const auto params = decode<DidMoveCursorParams>(notification.params);
  if (!params) return spdlog::error("didMoveCursor: {}", params.error().message);
  const auto open = open_.find(params->text_document.uri);
  if (open == open_.end() || !open->second.in_step) return;
  const Text& text = documents_->find(open->first)->text();
  service_.move_cursor(open->second.id, text.offset_of(params->position, documents_->encoding()));
}

void LanguageServer::did_show(const Notification& notification) {
  const auto params = decode<DidShowCompletionParams>(notification.params);
  if (!params) return spdlog::error("didShowCompletion: {}", params.error().message);
  feedback_.shown(params->suggestion);
}

void LanguageServer::did_accept_partly(const Notification& notification) {
  const auto params = decode<DidPartiallyAcceptCompletionParams>(notification.params);
  if (!params) return spdlog::error("didPartiallyAcceptCompletion: {}", params.error().message);
  feedback_.partly_accepted(params->suggestion, params->accepted_length);
}

void LanguageServer::cancel_request(const Notification& notification) {
  const auto params = decode<CancelParams>(notification.params);
  if (!params) return spdlog::error("$/cancelRequest: {}", params.error().message);
  if (cache_requests_.cancel(params->id)) {
    return fail(params->id, ErrorCode::kRequestCancelled, "The request was cancelled.");
  }
  const auto pending = pending_.find(params->id);
  if (pending == pending_.end()) return;  // It has been answered meanwhile.
  service_.cancel(pending->second);
  pending_.erase(pending);
  last_outcome_ = "The editor cancelled the request.";
  fail(params->id, ErrorCode::kRequestCancelled, "The request was cancelled.");
}

void LanguageServer::did_change_configuration(const Notification& notification) {
  const auto params = decode<DidChangeConfigurationParams>(notification.params);
  if (!params) return spdlog::error("didChangeConfiguration: {}", params.error().message);
  workspace_.take(*params);
}

void LanguageServer::did_change_workspace_folders(const Notification& notification) {
  const auto params = decode<DidChangeWorkspaceFoldersParams>(notification.params);
  if (!params) return spdlog::error("didChangeWorkspaceFolders: {}", params.error().message);
  workspace_.take(*params);
}

void LanguageServer::did_change_watched_files(const Notification& notification) {
  const auto params = decode<DidChangeWatchedFilesParams>(notification.params);
  if (!params) return spdlog::error("didChangeWatchedFiles: {}", params.error().message);
  workspace_.take(*params);
}

void LanguageServer::complete(const Request& request) {
  const auto params = decode<CompletionParams>(request.params);
  if (!params) return fail(request.id, params.error());
  const OpenDocument* const open = find_for_request(request.id, params->text_document.uri);
  if (!open) return;
  const PositionEncoding encoding = documents_->encoding();
  const Text& text = documents_->find(params->text_document.uri)->text();
  const std::size_t offset = text.offset_of(params->position, encoding);
  // Menus filter by the word at the cursor, so the item replaces and begins with that word.
  const std::size_t start = word_start(text.bytes(), offset);
  const std::string word = text.bytes().substr(start, offset - start);
  Place place{offset};
  // Most clients say of a menu that opens while a word is typed that it was invoked.
  place.is_automatic =
      params->context && params->context->trigger_kind != CompletionTriggerKind::kInvoked;
  const Document& document = *documents_->find(params->text_document.uri);
  const auto spell = [this, id = open->id, asked_of = document.snapshot().text,
                      language = document.language_id(), word, start, offset,
                      encoding](const Suggestion& suggestion) {
    json::array items;
    if (!suggestion.text.empty()) {
      const std::string new_text = word + suggestion.text;
      const auto number = feedback_.answered(id, {start, new_text, word.size()});
      const Range range{asked_of->position_of(start, encoding),
                        asked_of->position_of(offset + suggestion.replaced_behind, encoding)};
      CompletionItem item = menu_item(new_text, range, language, capabilities_);
      item.data = data_of(number, suggestion);
      item.command = acceptance_of(number);
      items.push_back(to_json(item));
    }
    // What fits after the next character is another line.
    return json::value{{"isIncomplete", true}, {"items", std::move(items)}};
  };
  ask(request.id, *open, std::move(place), spell);
}

void LanguageServer::complete_inline(const Request& request) {
  const auto params = decode<InlineCompletionParams>(request.params);
  if (!params) return fail(request.id, params.error());
  const OpenDocument* const open = find_for_request(request.id, params->text_document.uri);
  if (!open) return;
  const PositionEncoding encoding = documents_->encoding();
  const Text& text = documents_->find(params->text_document.uri)->text();
  Place place{text.offset_of(params->position, encoding)};
  place.is_automatic = params->context.trigger_kind == InlineCompletionTriggerKind::kAutomatic;
  place.wants_others = !place.is_automatic;
  std::size_t first = place.offset;
  std::size_t last = place.offset;
  if (const auto& selected = params->context.selected_completion_info) {
    place.selected = selected->text;
    first = place.selected_from =
        std::min(text.offset_of(selected->range.start, encoding), place.offset);
    last = std::max(text.offset_of(selected->range.end, encoding), place.offset);
  }
  const auto spell = [this, document = open->id,
                      asked_of = documents_->find(params->text_document.uri)->snapshot().text,
                      selected = place.selected.value_or(""), offset = place.offset, first, last,
                      encoding](const Suggestion& suggestion) {
    json::array items;
    const auto add = [&](const Suggestion& one) {
      if (one.text.empty()) return;
      const std::size_t end = std::max(last, offset + one.replaced_behind);
      const Range range{asked_of->position_of(first, encoding),
                        asked_of->position_of(end, encoding)};
      const std::string inserted = selected + one.text;
      GivenSuggestion given{first, inserted, selected.size()};
      const auto number = items.empty() ? feedback_.answered(document, std::move(given))
                                        : feedback_.answered_beside(document, std::move(given));
      items.push_back(to_json(InlineCompletionItem{inserted, range, std::nullopt,
                                                   data_of(number, one), acceptance_of(number)}));
    };
    add(suggestion);
    for (const Suggestion& other : suggestion.others) add(other);
    return json::value{{"items", std::move(items)}};
  };
  ask(request.id, *open, std::move(place), spell);
}

void LanguageServer::execute_command(const Request& request) {
  const auto params = decode<ExecuteCommandParams>(request.params);
  if (!params) return fail(request.id, params.error());
  const auto all = commands();
  const auto command = std::find_if(
      all.begin(), all.end(), [&](const CommandMethod& c) { return c.name == params->command; });
  if (command != all.end()) return (this->*command->execute)(request, *params);
  fail(request.id, ErrorCode::kInvalidParams,
       "There is no command '" + std::string(shortened(params->command)) + "'.");
}

void LanguageServer::tell_cache(const Request& request) {
  const auto params = decode<CacheParams>(request.params);
  if (!params) return fail(request.id, params.error());
  const OpenDocument* const open = find_for_request(request.id, params->text_document.uri);
  if (!open) return;
  const bool is_watched = cache_requests_.is_asked_for(open->id);
  if (!is_watched && cache_requests_.documents() >= CacheRequests::kMostDocuments) {
    return fail(request.id, ErrorCode::kRequestFailed,
                "The caches of " + std::to_string(CacheRequests::kMostDocuments) +
                    " documents are followed; close one of them first.");
  }
  cache_requests_.ask(request.id, open->id, static_cast<std::uint64_t>(params->after));
  if (is_watched) return;
  const auto show = [this, id = open->id](CacheReport report) {
    cache_requests_.take(id, std::move(report));
  };
  service_.watch_cache(open->id, {show, cache_requests_.seen(open->id)});
}

void LanguageServer::tell_document(const Request& request) {
  const auto params = decode<DocumentParams>(request.params);
  if (!params) return fail(request.id, params.error());
  if (!find_for_request(request.id, params->text_document.uri)) return;
  const DocumentSnapshot snapshot = documents_->find(params->text_document.uri)->snapshot();
  const std::string& bytes = snapshot.text->bytes();
  const auto hash = sha256(std::as_bytes(std::span(bytes)));
  if (!hash) return fail(request.id, ErrorCode::kRequestFailed, hash.error().message);
  json::object facts = {{"version", snapshot.version}, {"bytes", bytes.size()}, {"hash", *hash}};
  if (params->with_text) facts["text"] = bytes;
  answer(request.id, std::move(facts));
}

std::span<const LanguageServer::CommandMethod> LanguageServer::commands() {
  static constexpr std::array kCommands = {
      CommandMethod{"nextline.whyNothing", &LanguageServer::why_nothing},
      CommandMethod{kDidAccept, &LanguageServer::did_accept},
      CommandMethod{"nextline.statistics", &LanguageServer::tell_statistics},
      CommandMethod{"nextline.eraseStatistics", &LanguageServer::erase_statistics},
  };
  return kCommands;
}

void LanguageServer::why_nothing(const Request& request, const ExecuteCommandParams& /*params*/) {
  answer(request.id, json::string(last_outcome_));
}

void LanguageServer::did_accept(const Request& request, const ExecuteCommandParams& params) {
  const auto accepted = decode<DidAcceptCompletionParams>(
      params.arguments.empty() ? json::value() : params.arguments.front());
  if (!accepted) return fail(request.id, accepted.error());
  feedback_.accepted(accepted->suggestion);
  answer(request.id, nullptr);
}

void LanguageServer::tell_statistics(const Request& request,
                                     const ExecuteCommandParams& /*params*/) {
  if (!statistics_) return fail(request.id, ErrorCode::kRequestFailed, kNoStatistics);
  const auto statistics = statistics_->read();
  if (!statistics) return fail(request.id, ErrorCode::kRequestFailed, statistics.error().message);
  answer(request.id, report_of(*statistics, statistics_->today()));
}

void LanguageServer::erase_statistics(const Request& request,
                                      const ExecuteCommandParams& /*params*/) {
  if (!statistics_) return fail(request.id, ErrorCode::kRequestFailed, kNoStatistics);
  const auto days = statistics_->erase();
  if (!days) return fail(request.id, ErrorCode::kRequestFailed, days.error().message);
  feedback_.forget();
  answer(request.id, {{"days", *days}});
}

const LanguageServer::OpenDocument* LanguageServer::find_for_request(const RequestId& request,
                                                                     const std::string& uri) {
  const auto open = open_.find(uri);
  if (open == open_.end()) {
    if (auto why = documents_->why_left_out(uri)) {
      last_outcome_ = std::move(*why);
      answer(request, nullptr);
    } else {
      fail(request, ErrorCode::kInvalidParams, "The document '" + uri + "' is not open.");
    }
    return nullptr;
  }
  if (open->second.in_step) return &open->second;
  fail(request, ErrorCode::kRequestFailed,
       "A change of the document '" + uri +
           "' could not be followed; it can be completed once it is opened again.");
  return nullptr;
}

void LanguageServer::ask(const RequestId& request, const OpenDocument& document, Place place,
                         Spell spell) {
  feedback_.asked(document.id);
  if (pending_.size() >= kMostPending) supersede_oldest();
  const auto ticket = service_.complete(
      document.id, std::move(place),
      [this, request, spell = std::move(spell)](const Result<std::optional<Suggestion>>& outcome) {
        pending_.erase(request);
        last_outcome_ = sentence_of(outcome);
        if (!outcome) return fail(request, ErrorCode::kRequestFailed, outcome.error().message);
        answer(request, *outcome ? spell(**outcome) : json::value(nullptr));
      });
  pending_.emplace(request, ticket);
}

void LanguageServer::supersede_oldest() {
  const auto oldest =
      std::ranges::min_element(pending_, {}, [](const auto& one) { return one.second; });
  const RequestId request = oldest->first;
  service_.cancel(oldest->second);
  pending_.erase(oldest);
  last_outcome_ = "The request was superseded: too many others waited beside it.";
  answer(request, nullptr);
}

}  // namespace nextline::lsp
