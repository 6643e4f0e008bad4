#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace nextline::test {

/// A completion in its place, and what a demanding programmer wants of it.
struct Situation {
  std::string name;      ///< A sentence that states the fact.
  std::string place;     ///< The file and the line where it is written down.
  std::string language;  ///< As `lsp::language_of` names it.
  std::string before;
  std::string behind;
  std::string completion;
  /// Why nothing is to be shown; empty if something is.
  std::string nothing;
  /// The document behind accepting it, on both sides of the cursor.
  std::string result_before;
  std::string result_behind;
};

/// The situations of all files of a folder that end in ".txt", in the order of their names. A file
/// is written as tests/situations/README.md says. Throws std::runtime_error, with the place, where
/// one is not.
std::vector<Situation> read_situations(const std::filesystem::path& folder);

/// Those of one file's text.
std::vector<Situation> parse_situations(std::string_view text, const std::string& file);

/// A text as situations are written: what cannot be seen is spelled, and ‸ stands at the cursor.
std::string spelled_as_situation(std::string_view before, std::string_view behind);

}  // namespace nextline::test
