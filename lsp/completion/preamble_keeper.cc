#include "lsp/completion/preamble_keeper.h"

#include <utility>

#include "lsp/workspace/secrets.h"

namespace nextline::lsp {
namespace {

ContextKeeperOptions keeper_options(const Tokenizer& tokenizer, std::function<void()> on_news) {
  ContextKeeperOptions options;
  options.size_of = [&tokenizer](std::string_view text) { return tokenizer.encode(text).size(); };
  options.on_choice = on_news;
  options.on_rest = std::move(on_news);
  return options;
}

}  // namespace

PreambleKeeper::PreambleKeeper(const Tokenizer& tokenizer, const ContextOptions& options,
                               std::uint32_t context_length, std::function<void()> on_news, Now now)
    : now_(std::move(now)),
      budget_(options, context_length),
      keeper_(keeper_options(tokenizer, std::move(on_news))) {}

void PreambleKeeper::set_folders(std::vector<std::filesystem::path> folders) {
  keeper_.set_folders(std::move(folders));
}

void PreambleKeeper::files_changed(std::vector<std::filesystem::path> paths) {
  keeper_.files_changed(std::move(paths));
}

void PreambleKeeper::open(DocumentId document, const SharedText& text,
                          const std::filesystem::path& file) {
  if (file.empty() || looks_like_secret(file)) return;
  documents_[document] = {file, nullptr, nullptr, {}};
  keeper_.open(file, text);
  // Where the cursor is nobody knows yet.
  if (const auto most = budget_.tokens()) keeper_.choose(file, 0, *most);
}

void PreambleKeeper::change(DocumentId document, const SharedText& text) {
  if (const Document* const changed = find(document)) keeper_.change(changed->file, text);
}

void PreambleKeeper::save(DocumentId document) {
  // It may be new, or hold rules for others.
  if (const Document* const saved = find(document)) keeper_.files_changed({saved->file});
}

void PreambleKeeper::close(DocumentId document) {
  if (const Document* const closed = find(document)) keeper_.close(closed->file);
  documents_.erase(document);
}

std::uint32_t PreambleKeeper::reserved_for(DocumentId document) const {
  return find(document) ? budget_.most_tokens() : 0;
}

void PreambleKeeper::restore(DocumentId document, Session& session) const {
  const Document* const known = find(document);
  if (known && known->context) session.set_preamble(known->context->text);
}

void PreambleKeeper::take_over(DocumentId document, Session& session) {
  Document* const known = find(document);
  if (!known) return;
  auto chosen = keeper_.context_of(known->file);
  if (!chosen || chosen == known->context) return;
  session.set_preamble(chosen->text);
  known->context = std::move(chosen);
}

void PreambleKeeper::ask(DocumentId document, const SharedText& text, std::size_t cursor) {
  Document* const known = find(document);
  if (!known) return;
  const bool has_come_into_focus = std::exchange(in_focus_, document) != document;
  const bool has_changed = known->asked_text != text;
  const bool is_early = now_() - known->asked < kBetweenChoices;
  if (known->asked_text && !has_come_into_focus && (!has_changed || is_early)) return;
  known->asked_text = text;
  known->asked = now_();
  keeper_.choose(known->file, cursor, budget_.tokens_for_now());
}

std::vector<ContextSnippet> PreambleKeeper::snippets_of(DocumentId document) const {
  const Document* const known = find(document);
  return known && known->context ? known->context->snippets : std::vector<ContextSnippet>();
}

PreambleKeeper::Document* PreambleKeeper::find(DocumentId document) {
  const auto found = documents_.find(document);
  return found == documents_.end() ? nullptr : &found->second;
}

const PreambleKeeper::Document* PreambleKeeper::find(DocumentId document) const {
  const auto found = documents_.find(document);
  return found == documents_.end() ? nullptr : &found->second;
}

}  // namespace nextline::lsp
