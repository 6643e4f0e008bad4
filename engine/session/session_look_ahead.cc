// What a session would say if its text became another one.

#include <algorithm>
#include <utility>

#include "engine/session/session.h"

namespace nextline {

Session::Session(const Session& other)
    : backend_(other.backend_),
      options_(other.options_),
      layout_(other.layout_),
      markers_(other.markers_),
      storage_(other.storage_),
      pool_(other.pool_),
      sequence_(std::make_unique<KvSequence>(other.sequence_->fork())),
      prompt_(std::make_unique<CachedPrompt>(*other.prompt_, *sequence_)),
      text_(std::make_unique<TextAroundCursor>(*other.text_)),
      front_(other.front_),
      preamble_count_(other.preamble_count_),
      prefix_count_(other.prefix_count_),
      suffix_count_(other.suffix_count_),
      is_opening_(other.is_opening_),
      fewest_pieces_(other.fewest_pieces_),
      is_fork_(true),
      prompt_logits_(other.prompt_logits_),
      has_prompt_logits_(other.has_prompt_logits_),
      middle_logits_(other.middle_logits_),
      plain_logits_(other.plain_logits_),
      has_plain_logits_(other.has_plain_logits_),
      repair_left_(other.repair_left_) {}

Result<Completion> Session::look_ahead(std::string_view text,
                                       std::span<const Replacement> replacements, Gap gap,
                                       const CompletionOptions& options,
                                       const std::stop_token& stop) {
  if (options_.reuse == Reuse::kRotated) {
    return failure("A cache whose keys are turned where they lie cannot be shared.");
  }
  // What both keep is not free for either.
  prompt_->make_room(options_.prefill_rows + options_.reserved_tokens * view_count());
  Session fork(*this);
  fork.update(text, replacements, gap);
  auto completion = fork.complete(options, stop);

  const auto own = text_->before().tokens();
  const auto its = fork.text_->before().tokens();
  const auto same = std::ranges::mismatch(own, its).in2 - its.begin();
  prompt_->keep_of(*fork.prompt_, fork.prefix_first() + static_cast<std::uint32_t>(same),
                   fork.prefix_first() + fork.prefix_count_);
  return completion;
}

}  // namespace nextline
