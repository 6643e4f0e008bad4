#include "lsp/completion/speculator.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace nextline::lsp {
namespace {

/// Of a document, in one go: some milliseconds.
constexpr std::size_t kTakenTogether = 2048;
/// What was generated is found again by so many of the tokens before it.
constexpr std::size_t kTokensBefore = 16;
/// Of what was accepted; a suggestion is hardly longer.
constexpr std::size_t kMostKept = 4096;
/// What stands before it, the lines within so many bytes, gives these tokens.
constexpr std::size_t kBytesBefore = 128;

std::string_view part(std::string_view text, std::size_t first, std::size_t last) {
  return text.substr(first, last - first);
}

/// Where a line ends among the bytes before `offset`, which parts no token, or the first of them.
std::size_t line_end_before(std::string_view text, std::size_t offset) {
  const std::size_t earliest = offset - std::min(offset, kBytesBefore);
  const std::size_t end = earliest == 0 ? 0 : text.find('\n', earliest);
  return end < offset ? end : earliest;
}

/// The end of the line, if that is where `offset` is: what was generated ended with it.
std::size_t behind_line_end(std::string_view text, std::size_t offset) {
  if (text.substr(offset).starts_with('\r')) ++offset;
  if (text.substr(offset).starts_with('\n')) ++offset;
  return offset;
}

}  // namespace

Speculator::Speculator(const Tokenizer& tokenizer, const SpeculationOptions& options)
    : tokenizer_(tokenizer), tree_({.budget_bytes = options.tree_bytes}) {}

void Speculator::open(DocumentId document, SharedText text) {
  if (text->size() > kMostBytes) return;
  Buffer buffer;
  buffer.waiting = std::move(text);
  buffer.in_tree = tree_.add_document(SuffixTree::Kind::kOpen);
  buffers_.insert_or_assign(document, std::move(buffer));
}

void Speculator::change(DocumentId document, const SharedText& text,
                        std::span<const Replacement> replacements) {
  const auto found = buffers_.find(document);
  if (found == buffers_.end()) return;
  if (text->size() > kMostBytes) return close(document);
  Buffer& buffer = found->second;
  if (!buffer.text) {
    buffer.waiting = text;
    return;
  }
  // From front to back: what stands before each has its new length already.
  for (const Replacement& made : replacements) {
    const auto changes = buffer.text->replace(made.new_first, made.old_last - made.old_first,
                                              part(*text, made.new_first, made.new_last));
    for (const TokenChange& change : changes) follow(buffer, change);
  }
}

void Speculator::follow(Buffer& buffer, const TokenChange& change) {
  if (change.first > buffer.taken) return;
  // What has not been taken yet is not removed, and what is inserted there comes later.
  const std::size_t removed = std::min(change.removed, buffer.taken - change.first);
  tree_.splice(buffer.in_tree, static_cast<std::uint32_t>(change.first),
               static_cast<std::uint32_t>(removed),
               buffer.text->tokens().subspan(change.first, change.inserted));
  buffer.taken += change.inserted - removed;
}

void Speculator::close(DocumentId document) {
  const auto found = buffers_.find(document);
  if (found == buffers_.end()) return;
  tree_.remove(found->second.in_tree);
  buffers_.erase(found);
}

bool Speculator::prepare(DocumentId document) {
  const auto found = buffers_.find(document);
  if (found == buffers_.end()) return false;
  Buffer& buffer = found->second;
  if (!buffer.text) {
    buffer.text.emplace(tokenizer_, *std::exchange(buffer.waiting, nullptr));
    return buffer.text->size() > 0;
  }
  const std::size_t count = std::min(kTakenTogether, buffer.text->size() - buffer.taken);
  tree_.append(buffer.in_tree, buffer.text->tokens().subspan(buffer.taken, count));
  buffer.taken += count;
  return buffer.taken < buffer.text->size();
}

Drafter& Speculator::drafter(DocumentId document, DraftPlace place,
                             SuffixDrafter::Segments history) {
  const auto found = buffers_.find(document);
  if (found != buffers_.end()) place.buffer = found->second.in_tree;
  drafter_.emplace(policy_, &tree_, std::move(history));
  drafter_->set_place(std::move(place));
  return *drafter_;
}

void Speculator::take_generated(std::span<const TokenId> before, const Completion& completion) {
  // What was drafted is there already: of every token but the first, which no draft can say.
  const CompletionTokens& tokens = completion.tokens;
  if (tokens.generated < 2 || tokens.accepted + 1 >= tokens.generated) return;
  const nextline::DocumentId added = tree_.add_document(SuffixTree::Kind::kEvictable);
  tree_.append(added, before.last(std::min(before.size(), kTokensBefore)));
  tree_.append(added, completion.token_ids);
}

void Speculator::take_kept(std::string_view text, std::size_t first, std::size_t last) {
  if (first >= last || last > text.size() || last - first > kMostKept) return;
  const std::size_t begin = line_end_before(text, first);
  const auto tokens = tokenizer_.encode(text.substr(begin, behind_line_end(text, last) - begin));
  tree_.append(tree_.add_document(SuffixTree::Kind::kEvictable), tokens);
}

}  // namespace nextline::lsp
