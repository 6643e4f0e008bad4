#include "lsp/completion/trigger_rules.h"

#include "lsp/syntax/lines.h"
#include "lsp/workspace/ignored_file.h"
#include "lsp/workspace/secrets.h"

namespace nextline::lsp {

std::optional<Unasked> reason_against_file(const std::filesystem::path& file,
                                           const TriggerOptions& options) {
  if (!options.automatic) return Unasked::kOnlyWhenAsked;
  if (file.empty()) return std::nullopt;
  if (looks_like_secret(file)) return Unasked::kSecret;
  if (options.ignored.match(file) || is_ignored_by_git(file)) return Unasked::kIgnored;
  return std::nullopt;
}

std::optional<Unasked> reason_against(const std::filesystem::path& file, std::string_view text,
                                      std::size_t offset, const CursorSyntax& syntax,
                                      const TriggerOptions& options) {
  using Within = CursorSyntax::Within;
  if (looks_like_secret(file)) return Unasked::kSecret;
  if (offset < text.size() && is_name_byte(text[offset])) return Unasked::kAmidWord;
  if (syntax.within == Within::kComment && !options.in_comments) return Unasked::kInComment;
  if (syntax.within == Within::kString && !options.in_strings) return Unasked::kInString;
  if (syntax.ends_statement) return Unasked::kBehindStatement;
  return std::nullopt;
}

}  // namespace nextline::lsp
