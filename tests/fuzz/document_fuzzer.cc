// An editor's changes, as structured ones: each is right in itself, so that the fuzzer need not
// guess JSON to get at what documents do with them (json_rpc_fuzzer has the messages). The text
// that an editor holds is the slow twin.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lsp/documents/document_store.h"
#include "tests/support/fuzzed_input.h"
#include "tests/unit/lsp/client_text.h"

namespace {

using namespace nextline::lsp;
using nextline::lsp::test::ClientText;
using nextline::test::FuzzedInput;

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr const char* kUri = "u";
constexpr std::size_t kMostUnits = 600;  // The simple editor is slow.
constexpr int kMostNotifications = 40;

/// What a byte stands for: line ends, characters of each length, surrogates, else itself.
std::u32string code_points_of(std::string_view bytes) {
  static const std::u32string kRare = U"\n\r\n\r\u00E9\u20AC\u6F22\u2028\uFFFD\U0001F600\U0010FFFF";
  std::u32string text;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    text += value < 0x80 ? static_cast<char32_t>(value) : kRare[value % kRare.size()];
  }
  return text;
}

class Editor {
 public:
  Editor(FuzzedInput& input, PositionEncoding encoding)
      : input_(input),
        encoding_(encoding),
        text_(encoding, code_points_of(input.text(input.byte()))) {
    require(store_.open({kUri, "c", 0, ClientText::wtf8(text_.units())}).has_value());
  }

  /// Sends a notification of some changes, which may have one that is refused: then nothing
  /// happens.
  void edit() {
    const ClientText before = text_;
    const DocumentSnapshot held = store_.find(kUri)->snapshot();
    const std::string bytes_before = held.text->bytes();
    DidChangeTextDocumentParams params{{kUri, ++version_}, {}};
    bool is_refused = false;
    for (std::size_t count = 1 + input_.below(4); count > 0; --count) {
      is_refused |= !add_change(params.content_changes);
    }
    const auto edits = store_.change(params);
    require(edits.has_value() != is_refused);
    if (is_refused) {
      require(!edits.error().message.empty());
      text_ = before;
    } else {
      require(by_edits(bytes_before, *edits) == store_.find(kUri)->text().bytes());
    }
    require(held.text->bytes() == bytes_before);  // Whoever held the text before still does.
    check();
  }

 private:
  /// False for one that ends before it begins.
  bool add_change(std::vector<TextDocumentContentChangeEvent>& changes) {
    const std::size_t kind = input_.below(8);
    std::u32string inserted = units(input_.below(12));
    if (text_.size() > kMostUnits) inserted.clear();
    if (kind == 0) {  // The whole text.
      changes.push_back({std::nullopt, ClientText::wtf8(inserted)});
      text_.replace(0, text_.size(), inserted);
      return true;
    }
    const std::size_t first = place();
    std::size_t last = std::min(text_.size(), first + input_.below(kind == 1 ? 300 : 8));
    if (text_.splits_line_end(last)) ++last;
    Range range{text_.position_of(first), text_.position_of(last)};
    if (kind == 2) {  // Behind the end of the line, which is its end.
      last = std::max(last, text_.line_end(last));
      range.end.character += 0x7FFFFFFF;
    } else if (kind == 3) {  // Behind the end of the text.
      last = text_.size();
      range.end = {0x7FFFFFFF, 3};
    } else if (kind == 4 && range.start < range.end) {
      changes.push_back({Range{range.end, range.start}, ""});
      return false;
    }
    changes.push_back({range, ClientText::wtf8(inserted)});
    text_.replace(first, last - first, inserted);
    return true;
  }

  /// Surrogates may stand alone where the editor counts them. Two halves side by side are one
  /// character in WTF-8, and so they are for an editor that has no halves.
  std::u32string units(std::size_t count) {
    const bool in_halves = input_.below(4) == 0 && encoding_ == PositionEncoding::kUtf16;
    std::u32string made = text_.units_of(code_points_of(input_.text(count)));
    if (in_halves) made += static_cast<char32_t>(0xD800 + (input_.byte() & 1) * 0x400);
    return made;
  }

  std::size_t place() {
    const std::size_t index = input_.below(text_.size() + 1);
    return text_.splits_line_end(index) ? index + 1 : index;
  }

  static std::string by_edits(std::string bytes, const std::vector<ByteEdit>& edits) {
    for (const ByteEdit& edit : edits) {
      require(edit.offset <= bytes.size() && edit.removed <= bytes.size() - edit.offset);
      bytes.replace(edit.offset, edit.removed, edit.inserted);
    }
    return bytes;
  }

  void check() {
    const Text& text = store_.find(kUri)->text();
    require(text.bytes() == ClientText::wtf8(text_.units()));
    const Text fresh(text.bytes());
    require(text.line_count() == fresh.line_count());
    for (std::size_t line = 0; line < fresh.line_count(); ++line) {
      require(text.line(line) == fresh.line(line));
    }
    const std::size_t index = place();
    const std::size_t offset = text.offset_of(text_.position_of(index), encoding_);
    require(offset <= text.bytes().size());
    // An offset has a place of its own only at the beginning of a character.
    const Position position = text.position_of(offset, encoding_);
    require(text.offset_of(position, encoding_) == offset);
    require(!(text_.position_of(index) < position));
  }

  FuzzedInput& input_;
  const PositionEncoding encoding_;
  ClientText text_;
  DocumentStore store_{encoding_};
  std::int32_t version_ = 0;
};

}  // namespace

// A byte for the encoding and one for the length of the text, the text; then notifications.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedInput input({data, size});
  Editor editor(input, static_cast<PositionEncoding>(input.below(3)));
  for (int i = 0; i < kMostNotifications && !input.has_ended(); ++i) editor.edit();
  return 0;
}
