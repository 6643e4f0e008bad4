#include "server/replay/release_history.h"

#include <deque>
#include <vector>

#include "engine/disk/hash.h"
#include "engine/speculate/history_index.h"
#include "lsp/workspace/file_language.h"
#include "lsp/workspace/repository_text.h"

namespace nextline::replay {

std::uint16_t language_number(const std::string& path) {
  const std::string name = lsp::language_of(path);
  return static_cast<std::uint16_t>(hash_64(std::as_bytes(std::span(name))));
}

Result<SuffixDrafter::Segments> history_of(const std::filesystem::path& repository,
                                           const std::string& commit, bool has_changes,
                                           const Tokenizer& tokenizer,
                                           const std::filesystem::path& folder) {
  std::deque<lsp::RepositoryText> texts;
  std::deque<std::vector<TokenId>> tokens;
  std::vector<HistoryDocument> documents;
  lsp::TextRequest request;
  request.head = commit;
  if (!has_changes) request.limits.most_commits = 0;
  const auto read = lsp::read_texts(repository, request, [&](lsp::RepositoryText text) {
    tokens.push_back(tokenizer.encode(text.text));
    texts.push_back(std::move(text));
    const auto kind = texts.back().kind == lsp::TextKind::kFile    ? DocumentKind::kFile
                      : texts.back().kind == lsp::TextKind::kAdded ? DocumentKind::kAddedLines
                                                                   : DocumentKind::kRemovedLines;
    documents.push_back({tokens.back(), texts.back().path, texts.back().time,
                         language_number(texts.back().path), kind});
  });
  if (!read) return tl::unexpected(read.error());
  HistoryIndex index({.folder = folder,
                      .tokenizer = {1, static_cast<std::uint32_t>(tokenizer.vocabulary_size())}});
  if (documents.empty()) return SuffixDrafter::Segments();
  if (auto added = index.add(documents); !added) return tl::unexpected(added.error());
  return index.segments();
}

}  // namespace nextline::replay
