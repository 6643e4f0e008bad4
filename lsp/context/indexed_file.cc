#include "lsp/context/indexed_file.h"

#include <optional>
#include <utility>

#include "lsp/workspace/file_language.h"

namespace nextline::lsp {

IndexedFile::IndexedFile(std::string path, std::string_view text)
    : path_(std::move(path)), language_(language_of(path_)) {
  const Outline outline = Outline::of(path_, text);
  std::vector<std::uint32_t> numbers(outline.entries().size(), FileDefinition::kNoParent);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const OutlineEntry& entry = outline.entries()[i];
    const std::string_view name = entry.name.of(text);
    const std::string head = outline.head_text(text, entry, kMostHeadBytes);
    if (name.size() > kMostNameBytes || head.empty()) continue;
    FileDefinition definition{};
    definition.head_first = static_cast<std::uint32_t>(bytes_.size());
    definition.head_size = static_cast<std::uint16_t>(head.size());
    const std::size_t within = head.find(name);
    bytes_ += head;
    if (within == std::string::npos) {
      definition.name_first = static_cast<std::uint32_t>(bytes_.size());
      bytes_ += name;
    } else {
      definition.name_first = definition.head_first + static_cast<std::uint32_t>(within);
    }
    definition.name_size = static_cast<std::uint16_t>(name.size());
    definition.line = static_cast<std::uint32_t>(entry.line);
    definition.parent = entry.parent ? numbers[*entry.parent] : FileDefinition::kNoParent;
    definition.kind = entry.kind;
    definition.body = entry.body;
    definition.is_public = entry.is_public;
    numbers[i] = static_cast<std::uint32_t>(definitions_.size());
    definitions_.push_back(definition);
  }
  definitions_.shrink_to_fit();
  bytes_.shrink_to_fit();
}

std::string_view IndexedFile::stem() const {
  const std::string_view name = std::string_view(path_).substr(path_.rfind('/') + 1);
  return name.substr(0, name.find('.'));
}

std::string_view IndexedFile::folder_name() const {
  const std::size_t end = path_.rfind('/');
  if (end == std::string::npos) return {};
  const std::string_view folder = std::string_view(path_).substr(0, end);
  return folder.substr(folder.rfind('/') + 1);
}

std::size_t IndexedFile::memory() const {
  return sizeof *this + path_.capacity() + language_.capacity() + bytes_.capacity() +
         definitions_.capacity() * sizeof(FileDefinition);
}

}  // namespace nextline::lsp
