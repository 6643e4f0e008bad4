// A client's session with a language server that has a model: messages that are right in
// themselves, in any order and about any place, and some that are anything. Every request is
// answered once, what is suggested is about the text as it is, and both hold the same text.
// (json_rpc_fuzzer reads streams of bytes, and has no model.)

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "lsp/completion/completion_service.h"
#include "lsp/completion/model_host.h"
#include "lsp/language_server.h"
#include "lsp/protocol/message.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/fuzzed_input.h"

namespace {

using namespace nextline::lsp;
using nextline::test::FuzzedInput;
namespace json = boost::json;

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr std::array kUris = {"file:///w/a.py", "file:///w/b.cc", "untitled:c", "file:///w/.env"};
constexpr std::array kLanguages = {"python", "cpp", "plaintext", "shellscript"};
constexpr int kMostSteps = 40;
constexpr std::size_t kLongestText = 600;
constexpr std::uint32_t kMostTokens = 6;

/// The client's thread: what is posted waits until it is run.
class Posted {
 public:
  /// Any thread.
  void post(std::function<void()> function) {
    {
      const std::lock_guard lock(mutex_);
      functions_.push_back(std::move(function));
    }
    changed_.notify_one();
  }
  void run_some() {
    std::deque<std::function<void()>> functions;
    {
      const std::lock_guard lock(mutex_);
      functions.swap(functions_);
    }
    for (const auto& function : functions) function();
  }
  /// Aborts where nothing comes any more, though something is awaited.
  void run_until(const std::function<bool()>& done) {
    while (!done()) {
      {
        std::unique_lock lock(mutex_);
        require(changed_.wait_for(lock, std::chrono::seconds(15),
                                  [this] { return !functions_.empty(); }));
      }
      run_some();
    }
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    functions_.clear();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> functions_;
};

/// A small random model, loaded once.
ModelHost& host() {
  static const nextline::test::TestModel model([] {
    nextline::test::RandomModelOptions options;
    options.architecture = "qwen2";
    options.layers = 1;
    options.embedding_length = 32;
    options.head_count = 2;
    options.head_count_kv = 1;
    options.feed_forward_length = 32;
    return options;
  }());
  static const std::unique_ptr<nextline::Backend> backend = nextline::test::cpu_backend(*model);
  static ModelHost the_host(
      {.load = [](const std::stop_token&) -> nextline::Result<nextline::Backend*> {
        return backend.get();
      }});
  return the_host;
}

class Client {
 public:
  explicit Client(FuzzedInput& input) : input_(input) {}
  ~Client() { posted_.forget(); }

  void begin() {
    const json::object capabilities = {
        {"general", {{"positionEncodings", {input_.below(2) == 0 ? "utf-8" : "utf-16"}}}},
        {"workspace", {{"configuration", input_.below(2) == 1}}},
        {"window", {{"workDoneProgress", input_.below(2) == 1}}}};
    request("initialize", {{"processId", nullptr}, {"capabilities", capabilities}});
    notify("initialized", json::object());
  }

  void step() {
    switch (input_.below(16)) {
      case 0:
        return open();
      case 1:
      case 2:
      case 3:
        return change();
      case 4:
      case 5:
        return ask("textDocument/inlineCompletion");
      case 6:
        return ask("textDocument/completion");
      case 7:
        return cancel();
      case 8:
        return close();
      case 9:
        return notify("nextline/didMoveCursor", place());
      case 10:
        return configure();
      case 11:
        return tell_of_item();
      case 12:
        return execute();
      case 13:
        return say_anything();
      case 14:
        return posted_.run_some();
      default:
        return wait();
    }
  }

  /// Until every request is answered.
  void wait() {
    posted_.run_until([this] { return awaited_.empty(); });
  }

 private:
  struct Awaited {
    std::string uri;       // Empty where it is about no document.
    std::size_t revision;  // Of the document, when it was asked.
  };

  void notify(const std::string& method, json::value params) {
    server_.receive(serialize_message(Notification{method, std::move(params)}));
    check_texts();
  }
  void request(const std::string& method, json::value params, const std::string& uri = "") {
    const std::int64_t id = ++last_id_;
    awaited_[id] = {uri, revision_of(uri)};
    server_.receive(serialize_message(Request{id, method, std::move(params)}));
  }
  std::size_t revision_of(const std::string& uri) const {
    const auto found = revisions_.find(uri);
    return found == revisions_.end() ? 0 : found->second;
  }

  std::string text(std::size_t length) {
    // JSON strings are WTF-8; what is none is not what these messages are about.
    std::string text(input_.text(length));
    for (char& letter : text) letter = static_cast<char>(letter & 0x7F);
    return text;
  }
  std::string uri() { return kUris[input_.below(kUris.size())]; }

  void open() {
    const std::size_t which = input_.below(kUris.size());
    const std::string opened = text(input_.below(kLongestText));
    if (texts_.emplace(kUris[which], opened).second) ++revisions_[kUris[which]];
    notify("textDocument/didOpen", {{"textDocument",
                                     {{"uri", kUris[which]},
                                      {"languageId", kLanguages[which]},
                                      {"version", 1},
                                      {"text", opened}}}});
  }

  /// A range that is right: of whole lines' beginnings, or behind the last.
  void change() {
    const std::string which = uri();
    const auto found = texts_.find(which);
    std::string inserted = text(input_.below(24));
    if (found == texts_.end()) {
      return notify("textDocument/didChange", {{"textDocument", {{"uri", which}, {"version", 2}}},
                                               {"contentChanges", {{{"text", inserted}}}}});
    }
    std::string& before = found->second;
    if (before.size() > kLongestText) inserted.clear();
    const std::size_t first = offset_in(before);
    std::size_t last = std::min(before.size(), first + input_.below(16));
    if (splits_line_end(before, last)) ++last;
    const json::object range = {{"start", position_of(before, first)},
                                {"end", position_of(before, last)}};
    const std::string after = before.substr(0, first) + inserted + before.substr(last);
    if (after != before) ++revisions_[which];
    before = after;
    notify("textDocument/didChange",
           {{"textDocument", {{"uri", which}, {"version", 2}}},
            {"contentChanges", {{{"range", range}, {"text", inserted}}}}});
  }

  void close() {
    const std::string which = uri();
    if (texts_.erase(which) > 0) ++revisions_[which];
    notify("textDocument/didClose", {{"textDocument", {{"uri", which}}}});
  }

  /// A place of some document, which may lie anywhere.
  json::object place() {
    const std::string which = uri();
    const auto found = texts_.find(which);
    const std::string& within = found == texts_.end() ? std::string() : found->second;
    const std::size_t offset = offset_in(within);
    json::value position = position_of(within, offset);
    if (input_.below(8) == 7)
      position = {{"line", input_.below(99)}, {"character", input_.below(99)}};
    return {{"textDocument", {{"uri", which}}}, {"position", position}};
  }

  void ask(const std::string& method) {
    json::object params = place();
    params["context"] = {{"triggerKind", 1 + input_.below(2)}};
    request(method, params, params.at("textDocument").at("uri").as_string().c_str());
  }
  void cancel() {
    notify("$/cancelRequest", {{"id", last_id_ - static_cast<std::int64_t>(input_.below(4))}});
  }

  void configure() {
    const json::object settings = {
        {"enabled", input_.below(4) != 1},
        {"automatic", input_.below(4) != 1},
        {"languages", {{kLanguages[input_.below(kLanguages.size())], input_.below(2) == 1}}},
        {"maxTokens", 1 + input_.below(kMostTokens)},
        {"extent", input_.below(2) == 1 ? "block" : "line"},
        {"candidates", 1 + input_.below(3)},
        {"lookAhead", input_.below(2) == 1},
        {"leastConfidence", 0},
        {"suggestInComments", true}};
    notify("workspace/didChangeConfiguration", {{"settings", {{"nextline", settings}}}});
  }

  void tell_of_item() {
    if (!last_item_) return;
    switch (input_.below(3)) {
      case 0:
        return notify("textDocument/didShowCompletion", {{"item", *last_item_}});
      case 1:
        return notify("textDocument/didPartiallyAcceptCompletion",
                      {{"item", *last_item_}, {"acceptedLength", input_.byte()}});
      default:
        if (const json::value* const command = last_item_->if_contains("command")) {
          request("workspace/executeCommand",
                  {{"command", command->at("command")}, {"arguments", command->at("arguments")}});
        }
    }
  }

  void execute() {
    static constexpr std::array kCommands = {"nextline.whyNothing", "nextline.statistics",
                                             "nextline.eraseStatistics", "nextline.none"};
    request("workspace/executeCommand", {{"command", kCommands[input_.below(kCommands.size())]}});
  }

  /// What is no message, so that nothing is done that the client does not know of.
  void say_anything() {
    const std::string said(input_.text(input_.byte()));
    if (!parse_message(said)) server_.receive(said);
  }

  // What a simple editor knows of ASCII.

  std::size_t offset_in(const std::string& within) {
    const std::size_t offset = input_.below(within.size() + 1);
    return splits_line_end(within, offset) ? offset + 1 : offset;
  }
  static bool splits_line_end(const std::string& within, std::size_t offset) {
    return offset > 0 && offset < within.size() && within[offset - 1] == '\r' &&
           within[offset] == '\n';
  }
  static json::object position_of(const std::string& within, std::size_t offset) {
    std::int64_t line = 0;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < offset; ++i) {
      if (within[i] == '\n' || (within[i] == '\r' && !splits_line_end(within, i + 1))) {
        ++line;
        begin = i + 1;
      }
    }
    return {{"line", line}, {"character", offset - begin}};
  }

  void check_texts() const {
    for (const char* const each : kUris) {
      const Document* const document = server_.document(each);
      const auto expected = texts_.find(each);
      require((document != nullptr) == (expected != texts_.end()));
      if (document) require(document->text().bytes() == expected->second);
    }
  }

  void take(const Message& message) {
    const std::string content = serialize_message(message);
    require(parse_message(content).has_value() || std::holds_alternative<Response>(message));
    if (!std::holds_alternative<Response>(message)) return;
    const json::object answer = json::parse(content).as_object();
    const std::int64_t* const id = answer.at("id").if_int64();
    if (!id || *id < 1 || *id > last_id_) return;  // To what was no message.
    const auto found = awaited_.find(*id);
    require(found != awaited_.end());  // Nothing is answered twice.
    const Awaited awaited = found->second;
    awaited_.erase(found);
    if (awaited.uri.empty() || !answer.contains("result")) return;
    check_items(awaited, answer.at("result"));
  }

  /// What is suggested is about the text as it is now.
  void check_items(const Awaited& awaited, const json::value& result) {
    const json::value* items = result.is_object() ? &result.at("items") : &result;
    if (!items->is_array() || items->as_array().empty()) return;
    require(awaited.revision == revision_of(awaited.uri));
    const auto found = texts_.find(awaited.uri);
    require(found != texts_.end());
    last_item_ = items->as_array().back().as_object();
  }

  FuzzedInput& input_;
  Posted posted_;
  std::map<std::string, std::string> texts_;      // Of open documents, by URI.
  std::map<std::string, std::size_t> revisions_;  // By URI.
  std::int64_t last_id_ = 0;
  std::map<std::int64_t, Awaited> awaited_;
  std::optional<json::object> last_item_;
  CompletionService service_{host(), {.max_tokens = kMostTokens}, [this](auto function) {
                               posted_.post(std::move(function));
                             }};
  LanguageServer server_{service_, "1", [this](const Message& message) { take(message); }};
};

}  // namespace

/// What libgit2, and OpenSSL below it, know of a thread is freed while the thread ends, and clients
/// are put away in the background: a look for leaks at that moment takes it for lost. Whatever else
/// libgit2 allocates is held by a GitHandle, and nothing else here uses OpenSSL.
extern "C" const char* __lsan_default_suppressions() {  // NOLINT: the sanitizer's own name.
  return "leak:libgit2\nleak:libcrypto\n";
}

extern "C" int LLVMFuzzerInitialize(int* /*argument_count*/, char*** /*arguments*/) {
  spdlog::set_level(spdlog::level::off);
  return 0;
}

// Three bytes for what the client can do; then steps, a byte for each and what it takes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedInput input({data, size});
  Client client(input);
  client.begin();
  for (int i = 0; i < kMostSteps && !input.has_ended(); ++i) client.step();
  client.wait();
  return 0;
}
