#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "engine/session/session.h"
#include "tests/support/engine_fixture.h"
#include "tests/unit/session/session_backend.h"

namespace nextline::test {

struct Case {
  Layout layout;
  bool heals_tokens = true;
  std::uint32_t context_length = 0;
  Reuse reuse = Reuse::kPieces;
  RepairOptions repair = {};
  float blend_weight = 0.5F;
  std::optional<KvType> kv_type = std::nullopt;
};

/// Nothing is repaired but the markers.
inline const Case kMarkersOnly = {.layout = Layout::kPrefixSuffixMiddle,
                                  .repair = {.rest_of_line = 0, .before_gap = 0, .budget = 0}};

/// Sessions on a small random model, and what somebody does to their texts.
class EditedSessionTest : public ::testing::Test {
 protected:
  Session session(const Case& c) {
    return std::move(*Session::create(*backend_, {.context_length = c.context_length,
                                                  .prefill_rows = 64,
                                                  .layout = c.layout,
                                                  .blend_weight = c.blend_weight,
                                                  .heals_tokens = c.heals_tokens,
                                                  .reuse = c.reuse,
                                                  .kv_type = c.kv_type,
                                                  .reserved_tokens = 8,
                                                  .repair = c.repair,
                                                  .preamble_tokens = kPreambleTokens}));
  }

  static constexpr std::uint32_t kPreambleTokens = 24;

  static void open(Session& session, const std::string& text, std::size_t cursor) {
    session.open(text, {cursor, cursor});
  }
  void encode(Session& session) {
    const auto outcome = session.encode(64);
    ASSERT_TRUE(outcome) << outcome.error().message;
  }

  /// One change of the text, as an editor makes it: the cursor is behind it.
  static void change(Session& session, std::string& text, std::size_t offset, std::size_t removed,
                     const std::string& inserted) {
    text.replace(offset, removed, inserted);
    Replacements replacements;
    replacements.add(offset, removed, inserted.size());
    const std::size_t cursor = offset + inserted.size();
    session.update(text, replacements.list(), {cursor, cursor});
  }

  /// Changes the text and puts the cursor back to where it stood.
  static void change_elsewhere(Session& session, std::string& text, std::size_t offset,
                               std::size_t removed, const std::string& inserted) {
    std::size_t cursor = session.gap().before;
    if (offset < cursor) cursor += inserted.size() - removed;
    change(session, text, offset, removed, inserted);
    session.update(text, {}, {cursor, cursor});
  }

  /// A few passes of a refresh; now and then another thread stops one of them, wherever it is.
  void refresh(Session& session, std::uint64_t passes) {
    for (; passes > 0; --passes) {
      std::stop_source stop;
      std::jthread other;
      if (random_.below(4) == 0) {
        other = std::jthread([&stop, turns = random_.below(30)] {
          for (std::uint64_t i = 0; i < turns; ++i) std::this_thread::yield();
          stop.request_stop();
        });
      }
      const auto outcome = session.refresh_some(16, stop.get_token());
      ASSERT_TRUE(outcome) << outcome.error().message;
    }
  }

  std::uint32_t encoded(Session& session) {
    auto completion = session.complete({.max_tokens = 1});
    EXPECT_TRUE(completion);
    return completion->tokens.encoded;
  }

  /// The logits behind the last token, and keys and values.
  static std::vector<float> cache_of(const Session& session, const Model& model) {
    std::vector<float> all = keys_and_values_of(session.sequence(), session.storage(), model);
    all.insert(all.end(), session.prompt_logits().begin(), session.prompt_logits().end());
    return all;
  }

  /// The sequence holds the prompt's tokens that are not missing, and nothing else.
  void expect_in_step(const Session& session) {
    const CachedPrompt& prompt = session.prompt();
    std::vector<TokenId> held;
    for (std::uint32_t i = 0; i < prompt.size(); ++i) {
      if (prompt.holds(i)) held.push_back(prompt.tokens()[i]);
    }
    ASSERT_EQ(held, std::vector<TokenId>(session.sequence().tokens().begin(),
                                         session.sequence().tokens().end()));
  }

  static std::vector<TokenId> tokens_of(const CachedPrompt& prompt) {
    return {prompt.tokens().begin(), prompt.tokens().end()};
  }

  std::vector<TokenId> expected_prompt(const Session& session, const std::string& text,
                                       const std::string& preamble = {}) {
    const Tokenizer& tokenizer = model_->tokenizer();
    const FillMarkers markers = *fill_markers(tokenizer);
    const Gap gap = session.gap();
    const TextAroundCursor::ByteRange elided = session.text().elided();
    const std::size_t end = gap.before - session.text().healed().size();
    const auto before = tokenizer.encode(text.substr(0, elided.first) +
                                         text.substr(elided.last, end - elided.last));
    const auto behind =
        tokenizer.encode(text.substr(gap.behind, session.text().behind().text().size()));
    std::vector<TokenId> tokens = tokenizer.encode(preamble);
    tokens.resize(std::min<std::size_t>(tokens.size(), kPreambleTokens));
    tokens.insert(tokens.begin(), markers.prefix);
    const auto add = [&](const std::vector<TokenId>& more) {
      tokens.insert(tokens.end(), more.begin(), more.end());
    };
    switch (session.layout()) {
      case Layout::kPlain:
        add(before);
        break;
      case Layout::kPrefixSuffixMiddle:
      case Layout::kBlend:
        add(before);
        add({markers.suffix});
        add(behind);
        add({markers.middle});
        break;
      case Layout::kSuffixPrefixMiddle:
        add({markers.suffix});
        add(behind);
        add({markers.middle});
        add(before);
        break;
    }
    return tokens;
  }

  static RandomModelOptions small() {
    RandomModelOptions options;
    options.architecture = "qwen2";
    options.layers = 2;
    options.vocabulary_size = 284;
    options.context_length = 2048;
    options.pre_tokenizer = "qwen2";
    return options;
  }

  Random random_{19};
  TestModel model_{small()};
  std::unique_ptr<Backend> backend_ = session_backend(*model_);
};

/// `count` lines, which differ by a number in the place of "#".
inline std::string numbered(const std::string& line, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    for (const char c : line) {
      if (c == '#') {
        text += std::to_string(i);
      } else {
        text += c;
      }
    }
  }
  return text;
}

inline const std::string kProgram = R"(import os
import sys


def area(width, height):
    return width * height


def volume(width, height, depth):
    base = area(width, height)
    return base * depth


def main():
    print(volume(1, 2, 3))
)";

}  // namespace nextline::test
