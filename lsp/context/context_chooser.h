#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lsp/context/context_ranking.h"

namespace nextline::lsp {

/// What is shown of one file: heads of definitions, in lines.
struct ContextSnippet {
  std::string path;
  std::string text;
  bool operator==(const ContextSnippet&) const = default;
};

/// The snippets as they stand in a prompt: each file's path in a comment, then its heads. Ends with
/// a line end, or is empty.
std::string context_text(std::span<const ContextSnippet> snippets);

/// Which definitions of other files a model is shown along with a document, and in which order.
/// They stand in front of all else, where a change outdates the most; so what was chosen stays
/// until another choice is clearly better, and then what remains keeps its place.
///
/// Belongs to one document and one thread; the index may be updated meanwhile.
class ContextChooser {
 public:
  /// What another choice must be worth beside the present one.
  static constexpr double kClearGain = 1.2;

  explicit ContextChooser(SymbolIndex& index) : index_(index) {}

  /// Chooses what is most wanted and fits into `most_bytes` of `context_text`; whether that changed
  /// what is shown. It does
  ///
  /// - where a definition that is shown is gone or reads otherwise: it goes, or is shown as it is
  ///   now, in its place;
  /// - where `most_bytes` are exceeded;
  /// - where the most wanted are worth `kClearGain` times what is shown: what is shown and still
  ///   among them stays, in its order, and the others come behind it, by path and line.
  bool update(const ContextDocument& document, std::size_t most_bytes);

  /// Neighbours of one file are one snippet.
  const std::vector<ContextSnippet>& snippets() const { return snippets_; }

 private:
  struct Shown {
    IndexedDefinition definition;
    std::vector<std::size_t> members;
    std::string text;
    double score = 0;
  };

  static std::vector<Shown> most_wanted(std::vector<RankedDefinition> ranked,
                                        std::size_t most_bytes);
  /// Shows definitions of files that were updated as they are now; whether anything is another.
  bool follow_files();
  /// The same definition in its file as it is now; nothing if it is gone.
  std::optional<Shown> as_it_is_now(const Shown& shown) const;
  void score_anew(std::span<const RankedDefinition> ranked);
  void replace(std::vector<Shown> wanted, std::size_t most_bytes);
  void drop_least_wanted();
  void write_snippets();

  SymbolIndex& index_;
  std::vector<Shown> shown_;
  std::vector<ContextSnippet> snippets_;
};

}  // namespace nextline::lsp
