#include "engine/speculate/suffix_tree.h"

#include <algorithm>
#include <cassert>

namespace nextline {
namespace {

// Replaces part of a vector such that its memory stays within twice what it needs.
void splice_index(std::vector<CellId>& index, std::size_t first, std::size_t removed,
                  std::span<const CellId> inserted) {
  const std::size_t replaced = std::min(removed, inserted.size());
  const auto at = index.begin() + static_cast<std::ptrdiff_t>(first);
  const auto rest = std::copy_n(inserted.begin(), replaced, at);
  if (removed > replaced) {
    index.erase(rest, rest + static_cast<std::ptrdiff_t>(removed - replaced));
    if (index.capacity() > 2 * index.size()) index.shrink_to_fit();
  } else {
    index.insert(rest, inserted.begin() + static_cast<std::ptrdiff_t>(replaced), inserted.end());
  }
}

}  // namespace

SuffixTree::SuffixTree(const SuffixTreeOptions& options)
    : budget_bytes_(std::min(options.budget_bytes, kMostBytes)), tree_(options.depth) {}

DocumentId SuffixTree::add_document(Kind kind) {
  const DocumentId id = next_id_++;
  Order& order = order_of(kind);
  documents_.emplace(id, Document{.kind = kind, .order = order.insert(order.end(), id)});
  make_room(kind, 0);
  return id;
}

void SuffixTree::remove(DocumentId id) {
  const auto found = documents_.find(id);
  if (found == documents_.end()) return;
  Document& document = found->second;
  replace(id, document, 0, static_cast<std::uint32_t>(document.cells.size()), 0, {});
  order_of(document.kind).erase(document.order);
  documents_.erase(found);
}

std::uint32_t SuffixTree::length(DocumentId id) const {
  const auto found = documents_.find(id);
  return found == documents_.end() ? 0 : static_cast<std::uint32_t>(found->second.cells.size());
}

void SuffixTree::append(DocumentId id, std::span<const TokenId> tokens) {
  splice(id, length(id), 0, tokens);
}

void SuffixTree::splice(DocumentId id, std::uint32_t first, std::uint32_t removed,
                        std::span<const TokenId> inserted) {
  const auto found = documents_.find(id);
  if (found == documents_.end() || (removed == 0 && inserted.empty())) return;
  Document& document = found->second;
  assert(first <= document.cells.size() && removed <= document.cells.size() - first);
  Order& order = order_of(document.kind);
  order.splice(order.end(), order, document.order);

  const std::size_t needed = inserted.size() * kTokenBytes;
  if (removed > 0 && cost() + needed > budget_bytes_) {
    replace(id, document, first, removed, 0, {});
    removed = 0;
  }
  make_room(document.kind, needed);
  const std::size_t least = cost() + inserted.size() * kIndexBytes;
  const std::size_t room =
      budget_bytes_ > least ? (budget_bytes_ - least) / (kTokenBytes - kIndexBytes) : 0;
  const std::size_t forgotten = inserted.size() - std::min(inserted.size(), room);
  replace(id, document, first, removed, forgotten, inserted.subspan(forgotten));
}

void SuffixTree::replace(DocumentId id, Document& document, std::uint32_t first,
                         std::uint32_t removed, std::size_t forgotten,
                         std::span<const TokenId> inserted) {
  std::vector<CellId> gone;
  for (std::uint32_t i = first; i < first + removed; ++i) {
    if (document.cells[i] != kNoCell) gone.push_back(document.cells[i]);
  }
  // The tokens whose contexts change.
  std::vector<CellId> behind;
  CellId next = cell_at(document, first + removed);
  while (next != kNoCell && behind.size() + 1 < tree_.depth()) {
    behind.push_back(next);
    next = tree_.cell(next).next;
  }
  for (const CellId cell : gone) tree_.detach(cell);
  for (const CellId cell : behind) tree_.detach(cell);
  for (const CellId cell : gone) tree_.remove(cell);

  std::vector<CellId> added(forgotten, kNoCell);
  for (const TokenId token : inserted) added.push_back(tree_.add(token, id));
  CellId last = first > 0 ? document.cells[first - 1] : kNoCell;
  for (const CellId cell : added) {
    tree_.link(last, cell);
    last = cell;
  }
  tree_.link(last, cell_at(document, first + removed));
  for (const CellId cell : std::span(added).subspan(forgotten)) tree_.attach(cell);
  for (const CellId cell : behind) tree_.attach(cell);

  splice_index(document.cells, first, removed, added);
  document.held += static_cast<std::uint32_t>(inserted.size());
  document.held -= static_cast<std::uint32_t>(gone.size());
  document.first_held = std::min(document.first_held, first);
  length_ += added.size();
  length_ -= removed;
}

CellId SuffixTree::cell_at(const Document& document, std::size_t index) {
  return index < document.cells.size() ? document.cells[index] : kNoCell;
}

ContextMatch SuffixTree::longest_suffix(std::span<const TokenId> context,
                                        std::optional<Place> excluded) const {
  CellId cell = kNoCell;
  if (excluded) {
    const auto found = documents_.find(excluded->document);
    if (found != documents_.end()) cell = cell_at(found->second, excluded->index);
  }
  return tree_.longest_suffix(context, cell);
}

std::size_t SuffixTree::following(const Occurrence& occurrence, std::span<TokenId> tokens) const {
  CellId cell = tree_.cell(occurrence.cell).next;
  std::size_t count = 0;
  for (; count < tokens.size() && cell != kNoCell; ++count) {
    tokens[count] = tree_.cell(cell).token;
    cell = tree_.cell(cell).next;
  }
  return count;
}

std::size_t SuffixTree::bytes() const {
  std::size_t bytes = sizeof(*this) + tree_.bytes() + documents_.size() * kDocumentBytes;
  for (const auto& [id, document] : documents_) {
    bytes += document.cells.capacity() * sizeof(CellId);
  }
  return bytes;
}

std::size_t SuffixTree::cost() const {
  return kFixedBytes + documents_.size() * kDocumentBytes + length_ * kIndexBytes +
         size() * (kTokenBytes - kIndexBytes);
}

void SuffixTree::make_room(Kind kind, std::size_t bytes) {
  while (cost() + bytes > budget_bytes_ && forget_some(kind)) {
  }
}

bool SuffixTree::forget_some(Kind kind) {
  // The document that is being changed is the last one of its kind.
  if (evictable_.size() > (kind == Kind::kEvictable ? 1 : 0)) {
    remove(evictable_.front());
    return true;
  }
  for (const DocumentId id : order_of(kind)) {
    Document& document = documents_.at(id);
    if (document.held == 0) continue;
    forget_tokens(id, document);
    return true;
  }
  return false;
}

void SuffixTree::forget_tokens(DocumentId id, Document& document) {
  while (document.cells[document.first_held] == kNoCell) ++document.first_held;
  const std::uint32_t first = document.first_held;
  const std::uint32_t count = std::min(kForgottenTogether, length(id) - first);
  replace(id, document, first, count, count, {});
  document.first_held = first + count;
}

bool SuffixTree::invariants_hold() const {
  std::size_t held = 0;
  std::size_t length = 0;
  for (const auto& [id, document] : documents_) {
    std::size_t held_here = 0;
    CellId previous = kNoCell;
    for (std::size_t i = 0; i < document.cells.size(); ++i) {
      const CellId cell = document.cells[i];
      const CellId next = cell_at(document, i + 1);
      if (cell != kNoCell) {
        ++held_here;
        if (i < document.first_held) return false;
        const Cell& content = tree_.cell(cell);
        if (content.document != id || content.previous != previous || content.next != next) {
          return false;
        }
      }
      previous = cell;
    }
    if (held_here != document.held) return false;
    held += held_here;
    length += document.cells.size();
  }
  return held == size() && length == length_ &&
         documents_.size() == open_.size() + evictable_.size() && tree_.invariants_hold(held);
}

}  // namespace nextline
