#include "lsp/context/context_ranking.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "lsp/context/definition_text.h"
#include "lsp/context/import_match.h"
#include "lsp/workspace/file_language.h"

namespace nextline::lsp {
namespace {

// Work is bounded, whatever a text has in it.
constexpr std::size_t kMostNames = 4096;
constexpr std::size_t kMostImports = 1024;
constexpr std::size_t kMostFilesPerImport = 256;
/// A name that more definitions have says nothing, unless its file is imported.
constexpr std::size_t kMostDefinitions = 64;

/// Bytes of a line, to tell how far a use is from the cursor, and lines at which it counts half.
constexpr double kBytesPerLine = 40;
constexpr double kHalfWay = 50;

// By how a file is reached.
constexpr double kNamed = 2.0;  // The name is imported from it.
constexpr double kImported = 1.0;
constexpr double kInPackage = 0.4;
constexpr double kBeside = 0.6;
constexpr double kElsewhere = 0.15;
constexpr double kOtherLanguage = 0.2;

/// What is not used yet, of a file that is imported as a whole; and what more it is wanted if all
/// words of its name stand in names that are used.
constexpr double kUnused = 0.08;
constexpr double kAlike = 0.3;
/// A name that stands in the heads of what is wanted, beside one that is used.
constexpr double kMentioned = 0.3;
constexpr std::size_t kMostMentioning = 40;
/// A name that more files define is not looked up for being mentioned.
constexpr std::size_t kMostMeanings = 4;
/// A use of a member, beside one of its class.
constexpr double kMemberUse = 0.3;
/// Bytes of members that a class is shown with.
constexpr std::size_t kMostMemberBytes = 700;

struct NameUse {
  double weight = 0;  // By how near and how often.
  bool is_imported = false;
};

/// In these, what lies in a folder is known to all files of it.
bool has_folders_for_modules(std::string_view language) {
  constexpr std::array<std::string_view, 5> kLanguages = {"csharp", "go", "java", "kotlin",
                                                          "scala"};
  return std::ranges::find(kLanguages, language) != kLanguages.end();
}

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

/// Calls `take(word)` with the words that a name is made of, "read" and "file" of "readFile" and
/// "READ_FILE".
template <typename Take>
void for_words_of(std::string_view name, Take take) {
  std::string word;
  const auto end_word = [&] {
    if (word.size() > 1) take(word);
    word.clear();
  };
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c == '_' || (is_capital(c) && i > 0 && !is_capital(name[i - 1]))) end_word();
    if (c != '_') word += is_capital(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  end_word();
}

/// A file that may have something for the document.
struct Candidate {
  std::shared_ptr<const IndexedFile> file;
  ImportMatch match = ImportMatch::kNone;
  bool is_whole = false;                     // Imported without naming what of it.
  std::set<std::string, std::less<>> named;  // What is imported from it.
  std::set<std::size_t> hits;                // Definitions whose names are used.
};

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

/// Languages that use each other's definitions as their own.
std::string_view family_of(std::string_view language) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kFamilies = {
      {{"c", "cpp"},
       {"cuda-cpp", "cpp"},
       {"objective-c", "cpp"},
       {"objective-cpp", "cpp"},
       {"javascriptreact", "javascript"},
       {"typescript", "javascript"},
       {"typescriptreact", "javascript"}}};
  const auto known =
      std::ranges::find(kFamilies, language, [](const auto& entry) { return entry.first; });
  return known == kFamilies.end() ? language : known->second;
}

class Ranking {
 public:
  Ranking(const SymbolIndex& index, const ContextDocument& document)
      : index_(index),
        document_(document),
        outline_(Outline::of(document.path, document.text)),
        language_(language_of(document.path)) {}

  std::vector<RankedDefinition> rank() {
    read_names();
    find_imported_files();
    find_files_beside();
    for (const auto& [name, use] : names_) find_definitions_of(name, use);
    std::vector<RankedDefinition> ranked = ranked_candidates();
    add_mentioned_names(ranked);
    return ranked_candidates();
  }

 private:
  std::vector<RankedDefinition> ranked_candidates() const {
    std::vector<RankedDefinition> ranked;
    for (const auto& [path, candidate] : candidates_) add_definitions(candidate, ranked);
    std::ranges::sort(ranked, [](const RankedDefinition& a, const RankedDefinition& b) {
      return std::tuple(-a.score, std::string_view(a.definition.file->path()),
                        a.definition.number) <
             std::tuple(-b.score, std::string_view(b.definition.file->path()), b.definition.number);
    });
    return ranked;
  }

  void read_names() {
    for (const ByteSpan& name : outline_.own_names()) own_.insert(name.of(document_.text));
    std::unordered_map<std::string_view, std::pair<double, std::size_t>> uses;
    for (const ByteSpan& name : outline_.names()) {
      const std::string_view bytes = name.of(document_.text);
      if (bytes.size() < 2 || own_.contains(bytes)) continue;
      const std::size_t distance = name.first > document_.cursor ? name.first - document_.cursor
                                                                 : document_.cursor - name.first;
      const double nearness = 1 / (1 + static_cast<double>(distance) / (kBytesPerLine * kHalfWay));
      auto& [nearest, count] = uses[bytes];
      nearest = std::max(nearest, nearness);
      ++count;
    }
    for (const auto& [name, use] : uses) {
      if (names_.size() == kMostNames) break;
      for_words_of(name, [&](const std::string& word) { words_.insert(word); });
      const auto& [nearest, count] = use;
      names_[std::string(name)].weight =
          0.5 + nearest + 0.1 * std::log2(static_cast<double>(count));
    }
    for (const OutlineImport& import : outline_.imports()) {
      if (!import.name.empty()) names_[import.name].is_imported = true;
    }
  }

  Candidate& candidate_of(const std::shared_ptr<const IndexedFile>& file) {
    Candidate& candidate = candidates_[file->path()];
    // Of two snapshots, the first one is kept: numbers are of that one.
    if (!candidate.file) candidate.file = file;
    return candidate;
  }

  void find_imported_files() {
    std::size_t left = kMostImports;
    for (const OutlineImport& import : outline_.imports()) {
      if (left-- == 0) return;
      for (const std::string_view name : names_of_files(import, document_.path)) {
        for (const auto& file : index_.files_called(name, kMostFilesPerImport)) {
          const ImportMatch found = match(import, document_.path, file->path());
          if (found == ImportMatch::kNone || file->path() == document_.path) continue;
          Candidate& candidate = candidate_of(file);
          candidate.match = std::max(candidate.match, found);
          if (import.name.empty() || import.name == file->stem()) {
            candidate.is_whole |= found == ImportMatch::kModule;
          }
          if (!import.name.empty()) candidate.named.insert(import.name);
        }
      }
    }
  }

  void find_files_beside() {
    if (!has_folders_for_modules(language_)) return;
    const std::string_view folder = folder_of(document_.path);
    for (const auto& file :
         index_.files_called(folder.substr(folder.rfind('/') + 1), kMostFilesPerImport)) {
      if (folder_of(file->path()) != folder || file->path() == document_.path) continue;
      Candidate& candidate = candidate_of(file);
      candidate.is_whole = true;
    }
  }

  void find_definitions_of(std::string_view name, const NameUse& use) {
    for (const IndexedDefinition& found : index_.definitions_of(name, kMostDefinitions)) {
      if (found.file->path() == document_.path) continue;
      Candidate& candidate = candidate_of(found.file);
      if (candidate.file == found.file) candidate.hits.insert(found.number);
      if (use.is_imported && candidate.match == ImportMatch::kNone) find_match(name, candidate);
    }
  }

  /// What is used leads to what it is made of and what it gives: the names in the heads of the most
  /// wanted.
  void add_mentioned_names(const std::vector<RankedDefinition>& ranked) {
    std::map<std::string, double, std::less<>> mentioned;
    for (std::size_t i = 0; i < std::min(ranked.size(), kMostMentioning); ++i) {
      const double weight = kMentioned * std::min(ranked[i].score, 1.0);
      const Outline heads = Outline::of({}, ranked[i].text);  // Of no language: its words.
      for (const ByteSpan& word : heads.names()) {
        const std::string_view name = word.of(ranked[i].text);
        if (name.size() < 3 || own_.contains(name) || names_.contains(name)) continue;
        double& known = mentioned[std::string(name)];
        known = std::max(known, weight);
      }
    }
    for (const auto& [name, weight] : mentioned) {
      const std::size_t meanings = index_.file_count_of(name);
      if (meanings == 0 || meanings > kMostMeanings) continue;
      const NameUse use{weight, false};
      names_[name] = use;
      find_definitions_of(name, use);
    }
  }

  /// Whether a file that has an imported name lies in a package that it is imported from.
  void find_match(std::string_view name, Candidate& candidate) const {
    for (const OutlineImport& import : outline_.imports()) {
      if (import.name != name) continue;
      const ImportMatch found = match(import, document_.path, candidate.file->path());
      if (found == ImportMatch::kNone) continue;
      candidate.match = std::max(candidate.match, found);
      candidate.named.insert(import.name);
    }
  }

  /// Of the definitions within others, those outermost.
  static std::size_t outermost(const IndexedFile& file, std::size_t number) {
    while (file.definitions()[number].parent != FileDefinition::kNoParent) {
      number = file.definitions()[number].parent;
    }
    return number;
  }

  void add_definitions(const Candidate& candidate, std::vector<RankedDefinition>& ranked) const {
    const IndexedFile& file = *candidate.file;
    std::map<std::size_t, std::vector<std::size_t>> shown;  // By the outermost: its members.
    const bool takes_all = candidate.match == ImportMatch::kModule || candidate.is_whole;
    for (std::size_t i = 0; i < file.definitions().size(); ++i) {
      const bool is_outermost = file.definitions()[i].parent == FileDefinition::kNoParent;
      if (takes_all ? is_outermost : candidate.hits.contains(i)) shown[outermost(file, i)];
    }
    for (std::size_t i = 0; i < file.definitions().size() && !shown.empty(); ++i) {
      const std::uint32_t parent = file.definitions()[i].parent;
      if (parent == FileDefinition::kNoParent) continue;
      const auto outer = shown.find(parent);
      if (outer != shown.end()) outer->second.push_back(i);
    }
    for (const auto& [number, members] : shown) {
      const double score = score_of(candidate, number, members);
      if (score <= 0) continue;
      RankedDefinition definition{{candidate.file, number}, {}, {}, score};
      definition.members = worth_showing(file, number, members);
      definition.text = definition_text(file, number, definition.members);
      ranked.push_back(std::move(definition));
    }
  }

  const NameUse* use_of(std::string_view name) const {
    const auto found = names_.find(name);
    return found == names_.end() ? nullptr : &found->second;
  }

  /// How many of a name's words stand in names that are used, as a share.
  double likeness(std::string_view name) const {
    double words = 0;
    double known = 0;
    for_words_of(name, [&](const std::string& word) {
      words += 1;
      known += words_.contains(word) ? 1 : 0;
    });
    return words == 0 ? 0 : known / words;
  }

  double rareness(std::string_view name) const {
    return 1 / std::sqrt(static_cast<double>(std::max<std::size_t>(index_.file_count_of(name), 1)));
  }

  double score_of(const Candidate& candidate, std::size_t number,
                  const std::vector<std::size_t>& members) const {
    const IndexedFile& file = *candidate.file;
    const FileDefinition& definition = file.definitions()[number];
    const std::string_view name = file.name(definition);
    const NameUse* const use = use_of(name);
    const bool is_named = candidate.named.contains(name);
    double wanted = 0;
    if (is_named) {
      wanted = 0.5 + (use != nullptr ? use->weight : 0);
    } else if (use != nullptr) {
      wanted = use->weight * (candidate.match == ImportMatch::kModule ? 1 : rareness(name));
    } else if (candidate.is_whole && definition.is_public) {
      wanted = kUnused + kAlike * likeness(name);
    }
    double of_members = 0;
    for (const std::size_t member : members) {
      const std::string_view member_name = file.name(file.definitions()[member]);
      if (const NameUse* const member_use = use_of(member_name)) {
        of_members += kMemberUse * member_use->weight * rareness(member_name);
      }
    }
    const double family = family_of(file.language()) == family_of(language_) ? 1 : kOtherLanguage;
    return (wanted + std::min(of_members, 1.5)) * place_of(candidate, is_named) * family;
  }

  double place_of(const Candidate& candidate, bool is_named) const {
    const bool is_beside = folder_of(candidate.file->path()) == folder_of(document_.path);
    const double beside = is_beside ? kBeside : kElsewhere;
    switch (candidate.match) {
      case ImportMatch::kModule:
        return is_named ? kNamed : kImported;
      case ImportMatch::kPackage:
        return is_named ? kImported : std::max(kInPackage, beside);
      case ImportMatch::kNone:
        break;
    }
    return beside;
  }

  /// The members that are used, then how it is made, then what else is public, as many as fit.
  std::vector<std::size_t> worth_showing(const IndexedFile& file, std::size_t number,
                                         std::vector<std::size_t> members) const {
    const FileDefinition& outer = file.definitions()[number];
    if (outer.body == BodyStyle::kNone) return {};  // Its head has them all.
    const auto rank = [&](std::size_t member) {
      const FileDefinition& definition = file.definitions()[member];
      const std::string_view name = file.name(definition);
      if (use_of(name) != nullptr) return 0;
      if (!definition.is_public) return 4;
      if (name == file.name(outer) || name == "__init__" || name == "constructor") return 1;
      return definition.kind == OutlineKind::kFunction ? 2 : 3;
    };
    std::ranges::stable_sort(members, {}, rank);
    std::vector<std::size_t> shown;
    std::size_t bytes = 0;
    for (const std::size_t member : members) {
      const std::size_t size = file.definitions()[member].head_size;
      if (rank(member) == 4 || bytes + size > kMostMemberBytes) continue;
      bytes += size;
      shown.push_back(member);
    }
    std::ranges::sort(shown);
    return shown;
  }

  const SymbolIndex& index_;
  const ContextDocument& document_;
  Outline outline_;
  std::string language_;
  std::unordered_set<std::string_view> own_;           // Names that the document defines.
  std::map<std::string, NameUse, std::less<>> names_;  // Others that it uses.
  std::unordered_set<std::string> words_;              // That these are made of.
  std::map<std::string, Candidate> candidates_;        // By path.
};

}  // namespace

std::vector<RankedDefinition> rank_definitions(const SymbolIndex& index,
                                               const ContextDocument& document) {
  return Ranking(index, document).rank();
}

}  // namespace nextline::lsp
