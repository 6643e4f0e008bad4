#include "lsp/completion/remote_completer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/sample_repository.h"

namespace nextline::lsp {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

/// Says what a test has it say, when the test has it.
class SpokenGenerator final : public TextGenerator {
 public:
  struct Asked {
    GenerationRequest request;
    std::shared_ptr<TextSink> sink;
    bool is_under_way = true;
  };

  std::unique_ptr<Generation> generate(GenerationRequest request, std::shared_ptr<TextSink> sink,
                                       const std::stop_token& /*stop*/) override {
    asked_.push_back(std::make_shared<Asked>(Asked{std::move(request), std::move(sink)}));
    return std::make_unique<Owned>(asked_.back());
  }

  /// All that has been asked so far.
  const std::vector<std::shared_ptr<Asked>>& asked() const { return asked_; }
  void say(std::size_t number, const std::string& text, float log_probability = 0) {
    const std::vector<PieceToken> tokens{{text.size(), log_probability}};
    if (asked_.at(number)->sink->take({text, tokens})) {
      asked_[number]->sink->end(FinishReason::kEndOfText);
    }
  }

 private:
  class Owned final : public Generation {
   public:
    explicit Owned(std::shared_ptr<Asked> asked) : asked_(std::move(asked)) {}
    ~Owned() override { asked_->is_under_way = false; }

   private:
    std::shared_ptr<Asked> asked_;
  };

  std::vector<std::shared_ptr<Asked>> asked_;
};

class RemoteCompleterTest : public testing::Test {
 protected:
  static constexpr DocumentId kDocument{1};

  static SharedText shared(const std::string& text) {
    return std::make_shared<const std::string>(text);
  }
  void open(const std::string& text, const std::filesystem::path& file = "/there/a.py") {
    completer_.open(kDocument, shared(text), file);
    text_ = text;
  }
  /// Asks at the end of the text.
  void ask(bool is_automatic = true, bool wants_others = false) {
    ask({.offset = text_.size(), .is_automatic = is_automatic, .wants_others = wants_others});
  }
  void ask(const Place& place) {
    completer_.suggest(kDocument, place, {},
                       [this](Result<Suggestion> made) { made_ = std::move(made); });
  }
  void type(const std::string& typed) {
    Replacements replacements;
    replacements.add(text_.size(), 0, typed.size());
    text_ += typed;
    completer_.change(kDocument, shared(text_), replacements);
  }
  const GenerationRequest& request(std::size_t number = 0) const {
    return generator_.asked().at(number)->request;
  }
  std::string suggested() const { return made_ && *made_ ? (*made_)->text : "none"; }
  std::optional<WhyNothing> why_nothing() const { return made_.value()->why_nothing; }

  SpokenGenerator generator_;
  CompletionObserver observer_;
  std::string text_;
  std::optional<Result<Suggestion>> made_;
  RemoteCompleter completer_{generator_,
                             observer_,
                             {.context_length = 1000},
                             {.max_tokens = 32, .least_confidence = 0.05}};
};

TEST_F(RemoteCompleterTest, SuggestsWhatIsSaidAtThePlaceFittedIntoIt) {
  open("def f(x):\n    return (x\n");
  ask({.offset = text_.size() - 1});
  EXPECT_EQ(request().before, "def f(x):\n    return (x");
  EXPECT_EQ(request().behind, "\n");
  EXPECT_EQ(request().max_tokens, 32U);
  generator_.say(0, " + 1)\nprint(1)\n");
  EXPECT_EQ(suggested(), " + 1)");
}

TEST_F(RemoteCompleterTest, TheSelectedEntryStandsForWhatWasTyped) {
  open("os.pa\n");
  ask({.offset = 5, .selected = "path.join", .selected_from = 3});
  EXPECT_EQ(request().before, "os.path.join");
}

TEST_F(RemoteCompleterTest, WhoHasNotAskedByHandIsAskedForAfterAPause) {
  open("x = ");
  const auto before = std::chrono::steady_clock::now();
  type("1");
  ask();
  EXPECT_GE(request().not_before, before + RemoteCompletionOptions().pause);
  ask(false);
  EXPECT_EQ(request(1).not_before, std::chrono::steady_clock::time_point());
}

TEST_F(RemoteCompleterTest, OneRequestOfADocumentIsUnderWay) {
  open("x = ");
  ask();
  ask(false);
  EXPECT_FALSE(generator_.asked()[0]->is_under_way);
  EXPECT_TRUE(generator_.asked()[1]->is_under_way);
  completer_.close(kDocument);
  EXPECT_FALSE(generator_.asked()[1]->is_under_way);
}

TEST_F(RemoteCompleterTest, TheRulesOfWhenAreThoseOfAModelHere) {
  open("x = 1  # so");
  ask();
  EXPECT_EQ(why_nothing(), WhyNothing(Unasked::kInComment));
  EXPECT_THAT(generator_.asked(), SizeIs(0));
  ask(false);
  EXPECT_THAT(generator_.asked(), SizeIs(1));
}

TEST_F(RemoteCompleterTest, WhoIsNotSureIsHeldBackUnlessAskedByHand) {
  open("x = ");
  ask();
  generator_.say(0, "1\n", -5);
  EXPECT_TRUE(std::holds_alternative<Unconfident>(why_nothing().value()));
  ask(false);
  generator_.say(1, "1\n", -5);
  EXPECT_EQ(suggested(), "1");
}

TEST_F(RemoteCompleterTest, ASecretIsNeverShownWhoeverAsks) {
  for (const char* const file : {"/there/.env", "/there/server.pem", "/home/u/.ssh/id_rsa"}) {
    open("PASSWORD=", file);
    ask(true);
    EXPECT_EQ(why_nothing(), WhyNothing(Unasked::kSecret)) << file;
    ask(false, true);
    EXPECT_EQ(why_nothing(), WhyNothing(Unasked::kSecret)) << file;
    LookAhead ahead{.document = kDocument, .text = shared("PASSWORD=1"), .first = 9, .cursor = 10};
    completer_.move_cursor(kDocument, 9);
    completer_.look_ahead(ahead, {}, [](const auto& made) { EXPECT_FALSE(made); });
    completer_.close(kDocument);
  }
  EXPECT_THAT(generator_.asked(), SizeIs(0));
}

TEST_F(RemoteCompleterTest, WhatGitIgnoresIsNeverShownEither) {
  const test::SampleRepository repository(test::SampleRepository::Kind::kWithFiles);
  repository.write(".gitignore", "local.py\n");
  open("password = ", repository.path() / "local.py");
  ask(false);
  EXPECT_EQ(why_nothing(), WhyNothing(Unasked::kIgnored));
  repository.write(".gitignore", "");
  completer_.files_changed({repository.path() / ".gitignore"});
  ask(false);
  EXPECT_THAT(generator_.asked(), SizeIs(1));
}

TEST_F(RemoteCompleterTest, WhoIsNotThereIsWhyThereIsNothing) {
  open("x = ");
  ask();
  generator_.asked()[0]->sink->end(failure("Nobody is there."));
  EXPECT_EQ(why_nothing(), WhyNothing(Unavailable{"Nobody is there."}));
}

TEST_F(RemoteCompleterTest, SeveralAreDifferentTextsAndTheFirstIsWhatIsSaidFirst) {
  open("x = ");
  ask(false, true);
  ASSERT_THAT(generator_.asked(), SizeIs(3));
  generator_.say(1, "2\n");
  generator_.say(2, "1\n");
  EXPECT_FALSE(made_) << "before all have been said";
  generator_.say(0, "1\n");
  EXPECT_EQ(suggested(), "1");
  ASSERT_THAT((*made_)->others, SizeIs(1));
  EXPECT_EQ((*made_)->others[0].text, "2");
  EXPECT_EQ(request(0).variant, 0U);
  EXPECT_EQ(request(2).variant, 2U);
}

TEST_F(RemoteCompleterTest, LooksAheadWhileASuggestionIsTypedAlong) {
  open("x = ");
  completer_.move_cursor(kDocument, 4);
  const LookAhead ahead{
      .document = kDocument, .text = shared("x = 12\ny = "), .first = 4, .cursor = 11};
  std::optional<DocumentCompleter::Ahead> made;
  completer_.look_ahead(ahead, {}, [&](auto prepared) { made = std::move(prepared); });
  EXPECT_EQ(request().before, "x = 12\ny = ");
  type("1");
  EXPECT_TRUE(generator_.asked()[0]->is_under_way);
  generator_.say(0, "3\n");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->suggestion.text, "3");
}

TEST_F(RemoteCompleterTest, AndNoLongerOnceItIsTypedAgainst) {
  open("x = ");
  completer_.move_cursor(kDocument, 4);
  const LookAhead ahead{
      .document = kDocument, .text = shared("x = 12\ny = "), .first = 4, .cursor = 11};
  completer_.look_ahead(ahead, {}, [](const auto&) { FAIL(); });
  type("7");
  EXPECT_FALSE(generator_.asked()[0]->is_under_way);
}

TEST_F(RemoteCompleterTest, ALongTextIsShownAsFarAsThereIsRoom) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "x" + std::to_string(i) + " = " + std::to_string(i) + "\n";
  open(text + "y = ");
  ask(false);
  EXPECT_LT(request().before.size(), 3000U);
  EXPECT_GT(request().before.size(), 1000U);
  EXPECT_TRUE(request().before.ends_with("y = "));
}

}  // namespace
}  // namespace nextline::lsp
