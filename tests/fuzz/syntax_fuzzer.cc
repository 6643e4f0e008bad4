#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "engine/session/replacement.h"
#include "lsp/completion/completion_end.h"
#include "lsp/syntax/document_syntax.h"

namespace {

using namespace nextline;

void require(bool holds) {
  if (!holds) std::abort();
}

/// Gives out what the fuzzer made, from the front on; zeros when it has ended.
class Input {
 public:
  explicit Input(std::string_view bytes) : bytes_(bytes) {}
  bool has_ended() const { return bytes_.empty(); }
  std::size_t byte() { return has_ended() ? 0 : static_cast<unsigned char>(text(1).front()); }
  std::size_t number() {
    const std::size_t high = byte();
    return high << 8 | byte();
  }
  std::string_view text(std::size_t length) {
    const std::string_view taken = bytes_.substr(0, length);
    bytes_.remove_prefix(taken.size());
    return taken;
  }

 private:
  std::string_view bytes_;
};

// The order is that of the seeds.
constexpr std::array kPaths = {"a.py", "a.java", "a.cc", "a.txt", "a.c",   "a.js",
                               "a.ts", "a.tsx",  "a.go", "a.rs",  "a.lua", "a.sh"};
constexpr int kMostUpdates = 16;

/// Spans lie within the text. Those behind edits come first, in order and apart; then lines, each
/// once.
void check(std::string_view text, const std::vector<StaleSpan>& spans) {
  std::vector<std::size_t> lines;
  std::size_t reached = 0;
  for (const StaleSpan& span : spans) {
    require(span.first <= span.last && span.last <= text.size());
    if (span.reason == StaleReason::kBehindEdit) {
      require(lines.empty() && span.first >= reached);
      reached = span.last;
    } else {
      require(span.first == 0 || text[span.first - 1] == '\n');
      lines.push_back(span.first);
    }
  }
  std::ranges::sort(lines);
  require(std::ranges::adjacent_find(lines) == lines.end());
}

/// A completion ends within what is said, and at the same place in whatever pieces that comes.
void check_end(const lsp::DocumentSyntax& syntax, std::string_view text, lsp::ByteSpan gap,
               std::string_view said) {
  lsp::CompletionEnd whole(syntax.completion_at(text, gap), {});
  lsp::CompletionEnd pieces(syntax.completion_at(text, gap), {});
  const lsp::FinishedCompletion expected = whole.finish(said);
  require(expected.size <= said.size());
  for (std::size_t size = 1; size <= said.size(); ++size) {
    if (const auto end = pieces.end_of(said.substr(0, size))) {
      return require(pieces.finish(said.substr(0, *end)) == expected);
    }
  }
  require(pieces.finish(said) == expected);
}

}  // namespace

// A byte for the language, the length of the text in two bytes, the text; then edits: where, how
// many bytes go, how many come, and these. An edit of which the top bit of the place is set is made
// together with the one behind it. What comes with an edit made alone is said by a model there,
// too.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input({reinterpret_cast<const char*>(data), size});
  const char* const path = kPaths[input.byte() % kPaths.size()];
  std::string text(input.text(input.number()));
  lsp::DocumentSyntax syntax(path, text);
  for (int updates = 0; updates < kMostUpdates && !input.has_ended(); ++updates) {
    const std::string before = text;
    Replacements edits;
    bool goes_on = true;
    while (goes_on && !input.has_ended()) {
      const std::size_t place = input.number();
      goes_on = place >= 0x8000;
      const std::size_t offset = (place & 0x7FFF) % (text.size() + 1);
      const std::size_t removed = std::min(text.size() - offset, input.byte());
      const std::string_view inserted = input.text(input.byte());
      if (edits.empty() && !goes_on) {
        check_end(syntax, text, {offset, offset + removed}, inserted);
      }
      text.replace(offset, removed, inserted);
      edits.add(offset, removed, inserted.size());
    }
    check(text, syntax.update(before, text, edits.list()));
    // No place of any text does harm; the last one edited, and one anywhere.
    for (const std::size_t place : {edits.list().empty() ? 0 : edits.list().back().new_last,
                                    input.byte() * text.size() / 255}) {
      const lsp::CursorSyntax found = syntax.at(text, place);
      require(found.within == lsp::CursorSyntax::Within::kCode ||
              (!found.opens_block && !found.ends_statement));
    }
  }
  return 0;
}
