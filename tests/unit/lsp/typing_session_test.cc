// An editor and the server hold the same text: 10,000 random events of an editing session go over
// the wire, and after each the document equals what a slow and simple editor holds.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "lsp/completion/completion_service.h"
#include "lsp/completion/model_host.h"
#include "lsp/documents/document_store.h"
#include "lsp/language_server.h"
#include "lsp/protocol/decode.h"
#include "lsp/protocol/framing.h"
#include "tests/support/random.h"
#include "tests/unit/lsp/client_text.h"

namespace nextline::lsp::test {
namespace {

const std::string kUri = "file:///session.py";
constexpr std::size_t kLongestText = 3000;  // In units: the simple editor is slow.
constexpr std::size_t kUndoDepth = 50;

class Session {
 public:
  Session(PositionEncoding encoding, std::uint64_t seed)
      : encoding_(encoding),
        random_(seed),
        client_(encoding, U"def f():\r\n\treturn 'é😀'\n"),
        store_(encoding) {
    const auto opened = store_.open({kUri, "python", 0, ClientText::wtf8(client_.units())});
    EXPECT_TRUE(opened);
    server_.receive(
        R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{"general":)"
        R"({"positionEncodings":[")" +
        std::string(name_of(encoding)) + R"("]}}}})");
    server_.receive(
        R"({"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":")" +
        kUri + R"(","languageId":"python","version":0,"text":)" +
        ClientText::json(client_.units()) + "}}}");
  }

  void run_event() {
    if (client_.size() > kLongestText) return delete_selection(kLongestText / 2);
    const std::size_t kind = random_.below(100);
    if (kind < 40) return type_character();
    if (kind < 55) return press_backspace();
    if (kind < 63) return jump();
    if (kind < 73) return undo();
    if (kind < 80) return type_at_several_cursors();
    if (kind < 85) return paste();
    if (kind < 90) return delete_selection(40);
    if (kind < 94) return replace_rest_of_line();
    if (kind < 96) return append_behind_the_end();
    if (kind < 98) return format();
    type_character_in_halves();
  }

  void expect_same_text() {
    const Text& text = store_.find(kUri)->text();
    ASSERT_EQ(text.bytes(), ClientText::wtf8(client_.units()));
    ASSERT_EQ(text.bytes(), server_.document(kUri)->text().bytes());
    ASSERT_EQ(bytes_by_edits_, text.bytes());
    const std::size_t offset = ClientText::wtf8(client_.units().substr(0, cursor_)).size();
    if (splits_pair(cursor_)) return;  // No offset is between the halves of a character.
    ASSERT_EQ(text.offset_of(client_.position_of(cursor_), encoding_), offset);
    ASSERT_EQ(text.position_of(offset, encoding_), client_.position_of(cursor_));
  }

 private:
  bool is_utf16() const { return encoding_ == PositionEncoding::kUtf16; }

  bool splits_pair(std::size_t index) const {
    const auto& units = client_.units();
    return index > 0 && index < units.size() && units[index - 1] >= 0xD800 &&
           units[index - 1] < 0xDC00 && units[index] >= 0xDC00 && units[index] < 0xE000;
  }

  /// A place where an editor's cursor may be. In UTF-16, that is between the halves of a character
  /// for an editor that does not care.
  std::size_t random_place() {
    std::size_t index = random_.below(client_.size() + 1);
    if (client_.splits_line_end(index)) ++index;
    return index;
  }

  std::u32string random_character() {
    static const std::vector<std::u32string> kRare = {
        U"\n", U"\r\n",        U"\r",         U"\"",     U"\\",     U"\t",
        U"é",  U"e\u0301",     U"ß",          U"\u0300", U"€",      U"漢",
        U"😀",  U"👩‍💻", U"\U0010FFFF", U"\uFFFD", U"\u2028", U"\x7F"};
    if (random_.below(3) > 0) return {static_cast<char32_t>(' ' + random_.below(95))};
    if (is_utf16() && random_.below(8) == 0) return {lone_surrogate()};
    return client_.units_of(kRare[random_.below(kRare.size())]);
  }

  char32_t lone_surrogate() { return static_cast<char32_t>(0xD800 + random_.below(0x800)); }

  std::u32string random_text(std::size_t characters) {
    std::u32string text;
    for (std::size_t i = 0; i < characters; ++i) text += random_character();
    return text;
  }

  // What the user does.

  void type_character() { insert_at_cursor(random_character()); }

  void type_character_in_halves() {
    if (!is_utf16()) return type_character();
    insert_at_cursor({char32_t{0xD83D}});
    insert_at_cursor({char32_t{0xDE00}});
  }

  void press_backspace() {
    if (cursor_ == 0) return;
    std::size_t first = cursor_ - 1;
    if (client_.splits_line_end(first)) --first;
    edit(first, cursor_, U"");
  }

  void jump() { cursor_ = random_place(); }

  void undo() {
    if (history_.empty()) return;
    const std::u32string before = history_.back();
    history_.pop_back();
    const std::u32string now = client_.units();
    const std::size_t longest = std::min(before.size(), now.size());
    std::size_t first = 0;
    while (first < longest && before[first] == now[first]) ++first;
    if (client_.splits_line_end(first)) --first;
    std::size_t same = 0;
    while (same < longest - first && before[before.size() - same - 1] == now[now.size() - same - 1])
      ++same;
    if (same > 0 && client_.splits_line_end(now.size() - same)) --same;
    const std::size_t depth = history_.size();
    edit(first, now.size() - same, before.substr(first, before.size() - same - first));
    history_.resize(depth);
  }

  void type_at_several_cursors() {
    std::vector<std::size_t> places(2 + random_.below(4));
    for (std::size_t& place : places) place = random_place();
    const bool from_below = random_.below(2) == 0;
    std::ranges::sort(places);
    if (from_below) std::ranges::reverse(places);
    const std::u32string text = random_text(1 + random_.below(3));
    remember();
    std::size_t shift = 0;  // Of places behind those where text has been inserted.
    for (const std::size_t place : places) {
      std::size_t index = place + shift;
      if (client_.splits_line_end(index)) ++index;  // Joined by what was inserted above.
      add_change(index, index, text);
      if (!from_below) shift += text.size();
      cursor_ = index + text.size();
    }
    send();
  }

  void paste() {
    std::u32string text;
    for (std::size_t lines = random_.below(20); lines > 0; --lines) {
      text += random_text(random_.below(30)) + U"\n";
    }
    insert_at_cursor(text);
  }

  void delete_selection(std::size_t longest) {
    const std::size_t first = random_place();
    std::size_t last = std::min(client_.size(), first + random_.below(longest + 1));
    if (client_.splits_line_end(last)) ++last;
    edit(first, last, random_.below(4) == 0 ? random_character() : U"");
  }

  void replace_rest_of_line() {
    const std::size_t first = random_place();
    remember();
    const Position start = client_.position_of(first);
    const std::u32string text = random_text(random_.below(5));
    add_change(first, client_.line_end(first), text, {start, {start.line, 0x7FFFFFFF}});
    cursor_ = first + text.size();
    send();
  }

  void append_behind_the_end() {
    remember();
    const std::size_t end = client_.size();
    add_change(end, end, random_text(3), {{999999, 7}, {1000000, 0}});
    cursor_ = client_.size();
    send();
  }

  /// Line ends become of one kind, trailing blanks go; the whole text is sent.
  void format() {
    const std::u32string line_end = random_.below(2) == 0 ? U"\n" : U"\r\n";
    std::u32string formatted;
    for (std::size_t i = 0; i < client_.size(); ++i) {
      const char32_t unit = client_.units()[i];
      const bool ends_line = unit == '\n' || (unit == '\r' && !client_.splits_line_end(i + 1));
      if (ends_line) {
        while (!formatted.empty() && formatted.back() == ' ') formatted.pop_back();
        formatted += line_end;
      } else if (unit != '\r') {
        formatted += unit;
      }
    }
    remember();
    client_.replace(0, client_.size(), formatted);
    changes_.push_back("{\"text\":" + ClientText::json(formatted) + "}");
    send();
    cursor_ = random_place();
  }

  void insert_at_cursor(const std::u32string& text) { edit(cursor_, cursor_, text); }

  /// Replaces what lies between two places, in a notification of its own.
  void edit(std::size_t first, std::size_t last, const std::u32string& text) {
    remember();
    add_change(first, last, text);
    cursor_ = first + text.size();
    send();
  }

  // What the editor does.

  void remember() {
    history_.push_back(client_.units());
    if (history_.size() > kUndoDepth) history_.erase(history_.begin());
  }

  void add_change(std::size_t first, std::size_t last, const std::u32string& text) {
    add_change(first, last, text, {client_.position_of(first), client_.position_of(last)});
  }

  void add_change(std::size_t first, std::size_t last, const std::u32string& text,
                  const Range& range) {
    const auto json = [](Position position) {
      return "{\"line\":" + std::to_string(position.line) +
             ",\"character\":" + std::to_string(position.character) + "}";
    };
    changes_.push_back("{\"range\":{\"start\":" + json(range.start) + ",\"end\":" +
                       json(range.end) + "},\"text\":" + ClientText::json(text) + "}");
    client_.replace(first, last - first, text);
  }

  /// Sends the changes in chunks of random sizes, and lets the server apply them.
  void send() {
    if (client_.splits_line_end(cursor_)) ++cursor_;
    std::string changes;
    for (const std::string& change : changes_) changes += (changes.empty() ? "" : ",") + change;
    changes_.clear();
    const std::string stream = framed(
        R"({"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":")" +
        kUri + R"(","version":)" + std::to_string(++version_) + R"(},"contentChanges":[)" +
        changes + "]}}");
    for (std::size_t sent = 0; sent < stream.size();) {
      const std::size_t chunk = std::min(stream.size() - sent, 1 + random_.below(stream.size()));
      reader_.feed(stream.substr(sent, chunk));
      sent += chunk;
    }
    receive();
  }

  void receive() {
    auto content = reader_.next();
    ASSERT_TRUE(content && *content);
    server_.receive(*content);
    const auto message = parse_message(**content);
    ASSERT_TRUE(message) << **content;
    const auto params =
        decode<DidChangeTextDocumentParams>(std::get<Notification>(*message).params);
    ASSERT_TRUE(params) << params.error().message;
    bytes_by_edits_ = store_.find(kUri)->text().bytes();
    const auto edits = store_.change(*params);
    ASSERT_TRUE(edits) << edits.error().message;
    for (const ByteEdit& edit : *edits) {
      bytes_by_edits_.replace(edit.offset, edit.removed, edit.inserted);
    }
  }

  PositionEncoding encoding_;
  nextline::test::Random random_;
  ClientText client_;
  std::size_t cursor_ = 0;
  std::vector<std::u32string> history_;
  std::vector<std::string> changes_;  // Of the notification being made, as JSON.
  int version_ = 0;

  MessageReader reader_;
  DocumentStore store_;  // What the edits do to the bytes is looked at here.
  ModelHost host_{{.load = [](const std::stop_token&) -> Result<Backend*> {
    return failure("No model is needed.");
  }}};
  CompletionService service_{host_, {}, [](const auto&) {}};
  LanguageServer server_{service_, "", [](const Message&) {}};
  /// The bytes before the last notification, after the edits that it was reported to be.
  std::string bytes_by_edits_ = ClientText::wtf8(client_.units());
};

class TypingSession : public testing::TestWithParam<PositionEncoding> {};

TEST_P(TypingSession, ServerAndEditorHoldTheSameTextThroughout) {
  Session session(GetParam(), 20);
  for (int event = 0; event < 10'000; ++event) {
    session.run_event();
    session.expect_same_text();
    if (HasFatalFailure()) FAIL() << "after event " << event;
  }
}

INSTANTIATE_TEST_SUITE_P(Encodings, TypingSession,
                         testing::Values(PositionEncoding::kUtf8, PositionEncoding::kUtf16,
                                         PositionEncoding::kUtf32),
                         [](const auto& encoding) {
                           std::string name(name_of(encoding.param));
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace nextline::lsp::test
