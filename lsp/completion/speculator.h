#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "engine/session/completion.h"
#include "engine/session/replacement.h"
#include "engine/speculate/draft_policy.h"
#include "engine/speculate/suffix_drafter.h"
#include "engine/speculate/suffix_tree.h"
#include "engine/tokenizer/tokenized_text.h"
#include "engine/tokenizer/tokenizer.h"
#include "lsp/completion/session_cache.h"
#include "lsp/history/history_options.h"

namespace nextline::lsp {

/// The bytes of a document at one moment; shared with whoever else looks at that moment.
using SharedText = std::shared_ptr<const std::string>;

/// What completions are drafted from.
struct SpeculationOptions {
  bool enabled = true;
  /// Memory for the tokens of documents and of generated text, 60 bytes each.
  std::size_t tree_bytes = std::size_t{64} << 20;
  HistoryOptions history = {};  ///< Without a folder: nothing of repositories.
};

/// Knows what open documents say and what was generated lately, and drafts completions from that
/// and from what a repository has said. What is drafted, and how much, follows what models have
/// accepted so far and how long passes took: one policy for all documents.
///
/// A document is taken in piece by piece (`prepare`), so that nobody waits for a large one; its
/// changes are followed at once. One of more than kMostBytes is left out: it is in the history.
///
/// Belongs to the model's thread; the tokeniser must outlive it.
class Speculator {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{512} << 10;

  Speculator(const Tokenizer& tokenizer, const SpeculationOptions& options);
  Speculator(const Speculator&) = delete;
  Speculator& operator=(const Speculator&) = delete;

  void open(DocumentId document, SharedText text);
  /// The text has become `text`, by `replacements`.
  void change(DocumentId document, const SharedText& text,
              std::span<const Replacement> replacements);
  void close(DocumentId document);

  /// Takes in some of what is missing of a document; says whether there is more.
  bool prepare(DocumentId document);

  /// Drafts a completion of a document, until the next call. `place`: but for its buffer.
  Drafter& drafter(DocumentId document, DraftPlace place, SuffixDrafter::Segments history);

  /// Remembers what was generated behind some tokens, the last of which are enough.
  void take_generated(std::span<const TokenId> before, const Completion& completion);

  /// Remembers what was accepted of that and is still there: the bytes [first, last) of a document.
  /// While that is open, the same is found in it, as the newest and nearest; this outlives it, and
  /// counts beside what was merely generated. More than a few thousand bytes are left out.
  void take_kept(std::string_view text, std::size_t first, std::size_t last);

  const SuffixTree& tree() const { return tree_; }

 private:
  struct Buffer {
    SharedText waiting;                 // Until its tokens are wanted.
    std::optional<TokenizedText> text;  // Then.
    nextline::DocumentId in_tree = 0;   // Has the first tokens of the text …
    std::size_t taken = 0;              // … as many as these.
  };

  void follow(Buffer& buffer, const TokenChange& change);

  const Tokenizer& tokenizer_;
  SuffixTree tree_;
  DraftPolicy policy_;
  std::unordered_map<DocumentId, Buffer> buffers_;
  std::optional<SuffixDrafter> drafter_;
};

}  // namespace nextline::lsp
