#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/speculate/history_index.h"
#include "engine/tokenizer/tokenizer.h"
#include "tests/unit/tokenizer/hand_made_vocabulary.h"

namespace nextline::test {

/// A tokeniser of bytes; with a merge, it is another one.
inline Tokenizer byte_tokenizer(bool merges = false) {
  HandMadeVocabulary vocabulary;
  if (merges) vocabulary.merge("d", "e");
  return std::move(*Tokenizer::create(vocabulary));
}

/// What a document of an index says, with the tokens as text.
struct IndexedText {
  DocumentKind kind;
  std::string path;
  std::string text;
  auto operator<=>(const IndexedText&) const = default;
};

inline std::multiset<IndexedText> texts_of(const HistoryIndex::Segments& segments,
                                           const Tokenizer& tokenizer) {
  std::multiset<IndexedText> texts;
  for (const auto& segment : segments) {
    for (std::uint32_t i = 0; i < segment->document_count(); ++i) {
      const HistoryDocument document = segment->document(i);
      texts.insert({document.kind, std::string(document.path), tokenizer.decode(document.tokens)});
    }
  }
  return texts;
}

/// The texts of documents, each once: what is there twice is merged at some time.
inline std::set<std::string> contents_of(const HistoryIndex::Segments& segments,
                                         const Tokenizer& tokenizer) {
  std::set<std::string> contents;
  for (const IndexedText& text : texts_of(segments, tokenizer)) contents.insert(text.text);
  return contents;
}

/// The files of all indices in a folder, by the ending of their names.
inline std::vector<std::filesystem::path> files_of_index(const std::filesystem::path& folder,
                                                         const std::string& ending) {
  std::vector<std::filesystem::path> files;
  if (!std::filesystem::exists(folder)) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ending) files.push_back(entry.path());
  }
  return files;
}

inline std::string bytes_of_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace nextline::test
