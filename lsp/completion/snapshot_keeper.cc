#include "lsp/completion/snapshot_keeper.h"

#include <spdlog/spdlog.h>

#include <span>
#include <system_error>
#include <utility>

#include "engine/gguf/fingerprint.h"
#include "engine/session/prompt_layout.h"
#include "lsp/workspace/secrets.h"

namespace nextline::lsp {
namespace {

Hash128 hash_of(std::string_view text) {
  return hash_128(std::as_bytes(std::span(text.data(), text.size())));
}

/// A number for what is cached.
std::uint64_t content_of(std::span<const TokenId> tokens, std::span<const Stamp> stamps) {
  return hash_64(std::as_bytes(tokens)) * 31 + hash_64(std::as_bytes(stamps));
}

std::uint64_t content_of(const Session& session) {
  const std::uint32_t held = session.prompt().held();
  return content_of(session.sequence().tokens().first(held),
                    session.sequence().stamps().first(held));
}

void warn(const Error& error) {
  spdlog::warn("{}", error.message);
  if (!error.cause.empty()) spdlog::debug("{}", error.cause);
}

void report(const SnapshotKey& key, const Result<void>& saved) {
  if (!saved) return warn(saved.error());
  spdlog::debug("The cache of '{}' is kept.", key.document);
}

}  // namespace

SnapshotKeeper::SnapshotKeeper(const Backend& backend, const SnapshotOptions& options, Now now)
    : backend_(backend),
      options_(options),
      now_(std::move(now)),
      model_(gguf::fingerprint_of(backend.model().file())),
      store_({.folder = options.folder, .budget_bytes = options.disk_bytes}),
      writer_(store_, report) {}

std::optional<SnapshotKey> SnapshotKeeper::key_of(const std::filesystem::path& file) const {
  if (file.empty()) return std::nullopt;
  std::error_code error;
  const std::filesystem::path canonical = std::filesystem::weakly_canonical(file, error);
  // A link may look harmless, or what it leads to.
  if (error || looks_like_secret(canonical) || looks_like_secret(file)) return std::nullopt;
  return SnapshotKey{canonical.string(), model_, kTokenizerVersion, kPromptLayoutVersion};
}

std::optional<Snapshot> SnapshotKeeper::load(const std::filesystem::path& file,
                                             const KvStorage& storage) {
  const auto key = key_of(file);
  if (!key) return std::nullopt;
  writer_.finish();  // It may be this one that is being written.
  auto snapshot = store_.load({*key, storage.kv_type(), storage.slot_bytes(), storage.slot_count(),
                               backend_.model().hyperparameters().vocabulary_size});
  if (!snapshot) {
    warn(snapshot.error());
    return std::nullopt;
  }
  if (*snapshot) {
    kept_.insert_or_assign(key->document,
                           Kept{content_of((*snapshot)->tokens, (*snapshot)->stamps), now_()});
  }
  return std::move(*snapshot);
}

void SnapshotKeeper::keep(const std::filesystem::path& file, std::string_view text,
                          Session& session) {
  auto key = key_of(file);
  if (!key || session.prompt().held() == 0) return;
  const Kept now{content_of(session), now_()};
  const auto kept = kept_.find(key->document);
  if (kept != kept_.end() && kept->second.content == now.content) return;
  Snapshot snapshot = session.snapshot();
  // A device that has failed, before or now, has copied nothing out.
  if (backend_.broken_by() != nullptr) return;
  kept_.insert_or_assign(key->document, now);
  snapshot.key = std::move(*key);
  snapshot.text_hash = hash_of(text);
  writer_.save(std::move(snapshot));
}

void SnapshotKeeper::keep_now_and_then(const std::filesystem::path& file, std::string_view text,
                                       Session& session) {
  const auto key = key_of(file);
  if (!key) return;
  const auto kept = kept_.find(key->document);
  if (kept != kept_.end() && now_() - kept->second.when < options_.interval) return;
  keep(file, text, session);
}

}  // namespace nextline::lsp
