#include "server/replay/edit_case.h"

#include <algorithm>

namespace nextline::replay {
namespace {

struct KindName {
  EditKind kind;
  std::string_view name;
};

constexpr std::array kKindNames = {
    KindName{EditKind::kInsert, "insert"},     KindName{EditKind::kDelete, "delete"},
    KindName{EditKind::kReplace, "replace"},   KindName{EditKind::kMulti, "multi"},
    KindName{EditKind::kCommits, "commits"},   KindName{EditKind::kKeystrokes, "keystrokes"},
    KindName{EditKind::kSemantic, "semantic"}, KindName{EditKind::kJump, "jump"}};

}  // namespace

std::string_view name_of(Language language) {
  return language == Language::kPython ? "python" : "java";
}

std::optional<Language> language_from_name(std::string_view name) {
  for (const Language language : {Language::kPython, Language::kJava}) {
    if (name_of(language) == name) return language;
  }
  return std::nullopt;
}

std::optional<Language> language_of_file(std::string_view path) {
  if (path.ends_with(".py")) return Language::kPython;
  if (path.ends_with(".java")) return Language::kJava;
  return std::nullopt;
}

std::string_view name_of(EditKind kind) {
  return std::find_if(kKindNames.begin(), kKindNames.end(),
                      [&](const KindName& entry) { return entry.kind == kind; })
      ->name;
}

std::optional<EditKind> edit_kind_from_name(std::string_view name) {
  for (const KindName& entry : kKindNames) {
    if (entry.name == name) return entry.kind;
  }
  return std::nullopt;
}

std::string new_text(const EditCase& edit_case) {
  std::string text = edit_case.old_text;
  for (const EditStep& step : edit_case.steps) {
    for (const TextEdit& edit : step.edits) text.replace(edit.offset, edit.removed, edit.inserted);
  }
  return text;
}

}  // namespace nextline::replay
