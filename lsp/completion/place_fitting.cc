#include "lsp/completion/place_fitting.h"

#include <string>
#include <utility>

#include "lsp/workspace/file_language.h"

namespace nextline::lsp {

Fitted fit_at(const std::filesystem::path& file, std::string_view text, const Place& place,
              std::string_view said) {
  std::string with_selected;
  std::string_view before = text.substr(0, place.offset);
  if (place.selected) {
    with_selected.append(text.substr(0, place.selected_from)).append(*place.selected);
    before = with_selected;
  }
  return fit(before, text.substr(place.offset), said, {lexis_of(language_of(file.string()))});
}

Fitted as_said(std::string_view said) {
  if (said.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return tl::unexpected(Unfit::kBlank);
  }
  return FittedText{std::string(said)};
}

Suggestion suggestion_at(const std::filesystem::path& file, std::string_view text,
                         const Place& place, bool fits, Completion completion) {
  Suggestion suggestion{.completion = std::move(completion)};
  const std::string& said = suggestion.completion.text;
  if (Fitted fitted = fits ? fit_at(file, text, place, said) : as_said(said)) {
    suggestion.text = std::move(fitted->text);
    suggestion.replaced_behind = fitted->replaced_behind;
  } else {
    suggestion.why_nothing = fitted.error();
  }
  return suggestion;
}

}  // namespace nextline::lsp
