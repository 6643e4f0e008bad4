#include "server/replay/package_context.h"

#include "lsp/context/workspace_reader.h"

namespace nextline::replay {
namespace {

/// Of code, seldom more; where a choice has more tokens than it may, it is made again with less.
constexpr std::size_t kBytesPerToken = 4;
constexpr int kMostTries = 8;

/// So large that no package has to do without some of its files.
constexpr std::size_t kIndexBytes = std::size_t{256} << 20U;

/// Files of an index that are not to be looked at for a while.
class Hidden {
 public:
  Hidden(lsp::SymbolIndex& index, const SourceTree& tree, std::vector<std::size_t> files)
      : index_(index), tree_(tree), files_(std::move(files)) {
    std::erase_if(files_, [&](std::size_t file) { return !index_.file(path(file)); });
    for (const std::size_t file : files_) index_.remove(path(file));
  }
  Hidden(const Hidden&) = delete;
  Hidden& operator=(const Hidden&) = delete;
  ~Hidden() {
    for (const std::size_t file : files_) index_.update(path(file), tree_.files()[file].text);
  }

 private:
  const std::string& path(std::size_t file) const { return tree_.files()[file].path; }

  lsp::SymbolIndex& index_;
  const SourceTree& tree_;
  std::vector<std::size_t> files_;
};

}  // namespace

PackageContext::PackageContext(const std::filesystem::path& folder, const SourceTree& tree)
    : tree_(tree), copies_(tree), index_(kIndexBytes) {
  lsp::WorkspaceReader reader(index_, folder);
  while (reader.step()) {
  }
}

std::vector<std::vector<lsp::ContextSnippet>> PackageContext::choose(
    std::size_t file, const std::vector<WrittenDocument>& states, const Tokenizer& tokenizer,
    std::size_t most_tokens) {
  std::vector<std::size_t> own = copies_.of(file);
  own.push_back(file);
  const Hidden hidden(index_, tree_, std::move(own));
  lsp::ContextChooser chooser(index_);
  std::vector<std::vector<lsp::ContextSnippet>> choices;
  std::size_t most_bytes = most_tokens * kBytesPerToken;
  for (const WrittenDocument& state : states) {
    for (int tries = 0; tries < kMostTries; ++tries) {
      chooser.update({tree_.files()[file].path, state.text, state.cursor}, most_bytes);
      const std::string text = lsp::context_text(chooser.snippets());
      const std::size_t tokens = tokenizer.encode(text).size();
      if (tokens <= most_tokens) break;
      most_bytes = text.size() * most_tokens / tokens;
    }
    choices.push_back(chooser.snippets());
  }
  return choices;
}

}  // namespace nextline::replay
