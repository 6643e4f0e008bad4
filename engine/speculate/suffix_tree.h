#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "engine/speculate/context_tree.h"
#include "engine/tokenizer/token.h"

namespace nextline {

struct SuffixTreeOptions {
  /// Tokens of a context that are told apart; more of it is not looked at. At least 1.
  std::uint32_t depth = 64;
  /// What is held has to fit this, at the most that it could take: `SuffixTree::kTokenBytes` for
  /// each token, so at least a million.
  std::size_t budget_bytes = std::size_t{96} << 20;
};

/// The dynamic tier of speculation: the tokens of open buffers and of what was generated or
/// accepted, such that the longest end of a context that occurs anywhere among them is found in
/// time linear in its length, with how often it occurs and what follows it where it occurred last.
///
/// A context is at most `depth` tokens, and does not cross the beginning of a document. Time per
/// token that is added or removed is linear in the depth and logarithmic in the size; an edit costs
/// that for the tokens it removes and inserts, and for up to `depth` - 1 tokens behind it, whose
/// contexts it changes. How old an occurrence is depends on when its last token was added, and not
/// on edits before it.
///
/// When an update would exceed the budget, the tree forgets as much as it takes: first evictable
/// documents as a whole, the one that has not changed for the longest time first; then, for the
/// sake of an open document only, tokens of open documents, in the same order of documents, and
/// from the beginning of each on. The document that is being changed is the last one of its kind
/// and loses tokens; if what it is to get does not fit even so, the first tokens of that are not
/// held. A token that is forgotten keeps its index, which takes `kIndexBytes` still, and no context
/// and no continuation goes across it.
///
/// Tokens are any numbers. For one thread at a time; matches and occurrences hold until the tree
/// changes.
class SuffixTree {
 public:
  // What the budget counts: what a thing can take at the most.
  static constexpr std::size_t kIndexBytes = 2 * sizeof(CellId);  // With room for growth.
  static constexpr std::size_t kTokenBytes = sizeof(Cell) + sizeof(Node) + kIndexBytes;
  static constexpr std::size_t kDocumentBytes = 256;
  static constexpr std::size_t kFixedBytes = std::size_t{32} << 10;  // Blocks that are not full.
  /// Tokens of an open document go together, so that the edges between them stay few.
  static constexpr std::uint32_t kForgottenTogether = 256;

  enum class Kind : std::uint8_t {
    kOpen,       ///< Stays until it is removed.
    kEvictable,  ///< Goes where the budget needs it; `holds` tells.
  };

  /// A token of a document.
  struct Place {
    DocumentId document;
    std::uint32_t index;
  };

  explicit SuffixTree(const SuffixTreeOptions& options = {});

  DocumentId add_document(Kind kind);
  bool holds(DocumentId document) const { return documents_.contains(document); }
  // What follows does nothing to documents that are not held, which have no tokens.
  void remove(DocumentId document);
  std::uint32_t length(DocumentId document) const;
  void append(DocumentId document, std::span<const TokenId> tokens);
  /// Tokens [first, first + removed), which must be there, give way to `inserted`. All documents
  /// together have fewer than 2^31 tokens.
  void splice(DocumentId document, std::uint32_t first, std::uint32_t removed,
              std::span<const TokenId> inserted);

  /// The longest end of `context` that occurs, at most `depth` tokens, or nothing. With `excluded`,
  /// an occurrence that ends at this place does not count: where the context itself was taken from.
  ContextMatch longest_suffix(std::span<const TokenId> context,
                              std::optional<Place> excluded = std::nullopt) const;
  /// The longest end of the same context that is shorter and occurs more often, or nothing.
  ContextMatch shorter(const ContextMatch& match) const { return tree_.shorter(match); }
  /// The newest occurrences, at most so many, newest first. Time and memory are linear in their
  /// number, times the depth at the most.
  std::vector<Occurrence> newest(const ContextMatch& match, std::size_t most) const {
    return tree_.newest(match, most);
  }
  /// Copies the tokens behind an occurrence to `tokens`, as many as fit, or up to the end of its
  /// document. Returns how many.
  std::size_t following(const Occurrence& occurrence, std::span<TokenId> tokens) const;

  /// Tokens that are held: those of all documents, but for what has been forgotten.
  std::size_t size() const { return tree_.cell_count(); }
  /// Of memory, about; what has been freed for the tree's own use included.
  std::size_t bytes() const;
  /// For tests: whether all is as it should be. Takes far longer than building the tree.
  bool invariants_hold() const;

 private:
  /// Numbers of cells and nodes have 31 bits.
  static constexpr std::size_t kMostBytes = (std::size_t{1} << 31) * (kTokenBytes - kIndexBytes);

  using Order = std::list<DocumentId>;  // By when they changed, the last one at the end.

  struct Document {
    Kind kind;
    Order::iterator order;
    std::vector<CellId> cells = {};  // By token; none where it has been forgotten.
    std::uint32_t held = 0;          // Cells.
    std::uint32_t first_held = 0;    // None is before.
  };

  Order& order_of(Kind kind) { return kind == Kind::kOpen ? open_ : evictable_; }
  /// None behind the end, and where the token has been forgotten.
  static CellId cell_at(const Document& document, std::size_t index);
  /// What `splice` does, without regard to the budget. So many forgotten tokens and then `inserted`
  /// take the place.
  void replace(DocumentId id, Document& document, std::uint32_t first, std::uint32_t removed,
               std::size_t forgotten, std::span<const TokenId> inserted);
  /// How much what is held could take at the most.
  std::size_t cost() const;
  /// Forgets until so many bytes more fit, or nothing is left that may go for a document of this
  /// kind, the last one in its order.
  void make_room(Kind kind, std::size_t bytes);
  bool forget_some(Kind kind);
  void forget_tokens(DocumentId id, Document& document);

  std::size_t budget_bytes_;
  ContextTree tree_;
  std::unordered_map<DocumentId, Document> documents_;
  Order open_;
  Order evictable_;
  DocumentId next_id_ = 0;
  std::size_t length_ = 0;  // Of all documents.
};

}  // namespace nextline
