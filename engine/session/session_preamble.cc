// What stands before a session's document.

#include <algorithm>
#include <vector>

#include "engine/session/session.h"
#include "engine/tokenizer/token_diff.h"

namespace nextline {

void Session::set_preamble(std::string_view text) {
  std::vector<TokenId> tokens = backend_->model().tokenizer().encode(text);
  tokens.resize(std::min<std::size_t>(tokens.size(), options_.preamble_tokens));
  const auto present = prompt_->tokens().subspan(front_, preamble_count_);
  const std::vector<TokenChange> changes = diff(present, tokens);
  if (changes.empty()) return;
  // What was opened has been computed; what now comes in front of it waits until nobody does.
  if (is_exact()) is_opening_ = false;
  for (const TokenChange& change : changes) {
    prompt_->replace(front_ + static_cast<std::uint32_t>(change.first),
                     static_cast<std::uint32_t>(change.removed),
                     std::span(tokens).subspan(change.first, change.inserted));
  }
  preamble_count_ = static_cast<std::uint32_t>(tokens.size());
  first_change_ = front_ + static_cast<std::uint32_t>(changes.front().first);
  prompt_->finish_update();
  outdate_markers(first_change_);
  drop_generated();
  apply_reuse();
}

}  // namespace nextline
