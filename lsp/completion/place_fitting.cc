#include "lsp/completion/place_fitting.h"

#include <string>

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

}  // namespace nextline::lsp
