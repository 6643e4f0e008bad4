// What sessions keep of their caches for comparison, and in what numbers.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/backend/divergence.h"
#include "engine/backend/reference/reference_backend.h"
#include "tests/support/stored_numbers.h"
#include "tests/unit/session/edited_session.h"

namespace nextline::test {
namespace {

using SessionReuse = EditedSessionTest;

Case markers_only(Reuse reuse) {
  Case c = kMarkersOnly;
  c.reuse = reuse;
  return c;
}

bool anchors_are_positions(const Session& session) {
  Position position = 0;
  for (const Piece& piece : session.sequence().pieces()) {
    if (piece.first_anchor != position) return false;
    position += piece.length;
  }
  return true;
}

TEST(Reuse, NamesLeadBack) {
  for (const Reuse reuse : {Reuse::kNothing, Reuse::kCommonPrefix, Reuse::kUnrotated,
                            Reuse::kRotated, Reuse::kPieces}) {
    EXPECT_EQ(reuse_from_name(name_of(reuse)), reuse);
  }
  EXPECT_EQ(reuse_from_name("unrotated"), Reuse::kUnrotated);
  EXPECT_EQ(reuse_from_name("spun"), std::nullopt);
}

TEST_F(SessionReuse, UnrotatedKeysAreThoseOfPiecesSeenAtOtherDistances) {
  std::vector<float> middles;  // Of each session the key of the prompt's middle token.
  LogitRows logits;
  std::vector<std::uint32_t> counts;
  for (const Reuse reuse : {Reuse::kPieces, Reuse::kUnrotated}) {
    std::string text = kProgram;
    Session edited = session(markers_only(reuse));
    open(edited, text, text.find("    return base"));
    encode(edited);
    change_elsewhere(edited, text, text.find("import sys"), 0, "import re\n");
    counts.push_back(encoded(edited));
    EXPECT_EQ(anchors_are_positions(edited), reuse == Reuse::kUnrotated);
    const std::vector<float> all = keys_and_values_of(edited.sequence(), edited.storage(), *model_);
    const std::size_t floats = all.size() / edited.sequence().length();
    const auto middle =
        all.begin() + static_cast<std::ptrdiff_t>(edited.sequence().length() / 2 * floats);
    middles.insert(middles.end(), middle, middle + static_cast<std::ptrdiff_t>(floats));
    logits.emplace_back(edited.prompt_logits().begin(), edited.prompt_logits().end());
  }
  EXPECT_EQ(counts[0], counts[1]);
  EXPECT_TRUE(std::equal(middles.begin(), middles.begin() + std::ssize(middles) / 2,
                         middles.begin() + std::ssize(middles) / 2));
  EXPECT_GT(kl_divergence(logits[0], logits[1]), 1e-6);
}

TEST_F(SessionReuse, UnrotatedKeysStayStaleWhereAnEditIsTakenBackUntilTheyAreRefreshed) {
  std::string text = kProgram;
  Session edited = session(markers_only(Reuse::kUnrotated));
  open(edited, text, text.find("    return base"));
  encode(edited);
  ASSERT_TRUE(edited.is_exact());
  const std::uint32_t exact = edited.prompt().exact_until();
  change_elsewhere(edited, text, text.find("import sys"), 0, "import re\n");
  encode(edited);
  change_elsewhere(edited, text, text.find("import re"), 10, "");
  encode(edited);
  EXPECT_LT(edited.prompt().exact_until(), exact / 4);
  while (!edited.is_exact()) refresh(edited, 1);
  Session fresh = session(kMarkersOnly);
  open(fresh, text, edited.gap().before);
  ASSERT_TRUE(fresh.recompute());
  EXPECT_EQ(cache_of(edited, *model_), cache_of(fresh, *model_));
}

TEST_F(SessionReuse, KeysAndValuesAreKeptInTheNumbersThatAreAskedFor) {
  EXPECT_EQ(session(kMarkersOnly).storage().kv_type(), KvType::kFloat16);
  std::vector<LogitRows> logits;
  for (const KvType type : kKvTypes) {
    Case c = kMarkersOnly;
    c.kv_type = type;
    Session typed = session(c);
    EXPECT_EQ(typed.storage().kv_type(), type);
    open(typed, kProgram, 100);
    encode(typed);
    logits.push_back({{typed.prompt_logits().begin(), typed.prompt_logits().end()}});
  }
  // Against float32, bfloat16 loses three bits more than float16, which KL squares.
  EXPECT_GT(mean_kl(logits[0], logits[2]), 4 * mean_kl(logits[0], logits[1]));
  EXPECT_GT(mean_kl(logits[0], logits[1]), 0.0);
}

TEST_F(SessionReuse, NumbersThatTheBackendLacksMakeNoSession) {
  const auto reference = reference::create_backend(*model_);
  EXPECT_TRUE(Session::create(*reference).has_value());
  const auto refused = Session::create(*reference, {.kv_type = KvType::kFloat16});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message,
            "The reference backend keeps keys and values in float32, not in float16.");
}

}  // namespace
}  // namespace nextline::test
