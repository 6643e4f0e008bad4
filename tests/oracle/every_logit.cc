#include "tests/oracle/every_logit.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/kv/kv_sequence.h"

namespace nextline::oracle {

Result<Logits> every_logit(Backend& backend, std::span<const TokenId> tokens) {
  constexpr std::uint32_t kRowsPerPass = 128;
  const auto length = static_cast<std::uint32_t>(tokens.size());
  auto storage = backend.create_storage(length);
  if (!storage) return tl::unexpected(storage.error());
  SlotPool pool((*storage)->slot_count());
  KvSequence sequence(pool);

  Logits all;
  all.resize(length, backend.model().hyperparameters().vocabulary_size);
  Logits of_pass;
  for (std::uint32_t first = 0; first < length; first = sequence.length()) {
    std::vector<PlannedToken> planned;
    for (std::uint32_t i = first; i < std::min(first + kRowsPerPass, length); ++i) {
      planned.push_back({tokens[i], PlannedToken::Place::kInsert, first, true});
    }
    auto pass = sequence.plan(planned);
    if (!pass) return tl::unexpected(pass.error());
    backend.forward(**storage, pass->batch(), of_pass, std::stop_token());
    for (std::uint32_t row = 0; row < planned.size(); ++row) {
      std::ranges::copy(std::as_const(of_pass).row(row), all.row(first + row).begin());
    }
    sequence.commit(std::move(*pass));
  }
  return all;
}

}  // namespace nextline::oracle
