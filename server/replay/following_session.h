#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/kv/snapshot.h"
#include "engine/session/session.h"
#include "lsp/syntax/document_syntax.h"
#include "server/replay/edit_case.h"

namespace nextline::replay {

/// A session that follows the edits of a document, as the server has it follow an editor's. What
/// computes fails if it is stopped.
///
/// One thread at a time; the backend must outlive it.
class FollowingSession {
 public:
  static Result<FollowingSession> create(Backend& backend, const Session::Options& options,
                                         const std::string& path, std::string text,
                                         std::size_t cursor);

  /// Computes all of the text anew.
  Result<void> compute(const std::stop_token& stop);
  /// The same of another text, of which nothing is known.
  Result<void> compute(std::string text, std::size_t cursor, const std::stop_token& stop);
  /// Takes the text from a session that has computed it.
  Result<void> open(const Snapshot& snapshot, const std::stop_token& stop);

  /// Follows a change that the next one comes right behind: nothing is repaired.
  Result<void> follow(const EditStep& step, const std::stop_token& stop);
  /// Follows the last one: the completion that is then asked for is prepared.
  Result<void> follow_last(const EditStep& step, const std::stop_token& stop);
  /// Computes what a large edit has left for later, as the server does while nobody waits.
  Result<void> complete_prompt(const std::stop_token& stop);

  Result<Completion> complete(const CompletionOptions& options, const std::stop_token& stop);

  Session& session() { return session_; }
  const Session& session() const { return session_; }
  const std::string& text() const { return text_; }
  std::size_t cursor() const { return cursor_; }
  /// How the last change came to the text.
  std::span<const Replacement> replacements() const { return replacements_.list(); }

 private:
  FollowingSession(Session session, const std::string& path, std::string text, std::size_t cursor);

  void take(const EditStep& step);
  Gap gap() const { return {cursor_, cursor_}; }

  Session session_;
  lsp::DocumentSyntax syntax_;
  std::string text_;
  std::size_t cursor_;
  Replacements replacements_;
};

}  // namespace nextline::replay
