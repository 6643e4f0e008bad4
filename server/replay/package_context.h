#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/tokenizer/tokenizer.h"
#include "lsp/context/context_chooser.h"
#include "lsp/context/symbol_index.h"
#include "server/replay/near_copies.h"
#include "server/replay/source_tree.h"

namespace nextline::replay {

/// A document as far as it is written.
struct WrittenDocument {
  std::string text;
  std::size_t cursor;
};

/// What the server would show a model of a package's other files: it reads the folder as the server
/// does, and chooses as it does. One thread at a time.
class PackageContext {
 public:
  /// Reads the whole folder, which `tree` is of. The tree must outlive it.
  PackageContext(const std::filesystem::path& folder, const SourceTree& tree);

  /// What is shown along with a file of the tree as it is written, one state after the other; what
  /// was chosen for one stays for the next where no other choice is clearly better. Each choice has
  /// at most so many tokens. Neither the file itself nor a copy of it is looked at.
  std::vector<std::vector<lsp::ContextSnippet>> choose(std::size_t file,
                                                       const std::vector<WrittenDocument>& states,
                                                       const Tokenizer& tokenizer,
                                                       std::size_t most_tokens);

 private:
  const SourceTree& tree_;
  NearCopies copies_;
  lsp::SymbolIndex index_;
};

}  // namespace nextline::replay
