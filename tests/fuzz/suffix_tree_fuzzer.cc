#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "engine/speculate/suffix_tree.h"
#include "tests/support/naive_suffix_tree.h"

namespace {

using namespace nextline;
using Tokens = std::vector<TokenId>;
using Place = SuffixTree::Place;

constexpr std::size_t kMostDocuments = 8;
constexpr int kMostOperations = 300;

void require(bool holds) {
  if (!holds) std::abort();
}

/// Gives out what the fuzzer made, from the front on; zeros when it has ended.
class Input {
 public:
  explicit Input(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  bool has_ended() const { return bytes_.empty(); }
  std::uint32_t byte() {
    if (has_ended()) return 0;
    const std::uint8_t byte = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return byte;
  }
  std::uint32_t below(std::size_t bound) {
    const std::uint32_t high = bound > 256 ? byte() : 0;
    return static_cast<std::uint32_t>((high << 8 | byte()) % bound);
  }
  /// A few that repeat, and the extremes.
  TokenId token() {
    const std::uint32_t value = byte();
    if (value == 255) return std::numeric_limits<TokenId>::min();
    if (value == 254) return std::numeric_limits<TokenId>::max();
    return static_cast<TokenId>(value) - 1;
  }
  Tokens tokens(std::uint32_t count) {
    Tokens tokens(count);
    for (TokenId& each : tokens) each = token();
    return tokens;
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

/// A tree, and lists that are searched from end to end.
class Comparison {
 public:
  Comparison(Input& input, const SuffixTreeOptions& options)
      : input_(input), tree_(options), naive_(options) {}

  void add_document() {
    if (naive_.documents().size() == kMostDocuments) return;
    const auto kind = static_cast<SuffixTree::Kind>(input_.below(2));
    const DocumentId id = tree_.add_document(kind);
    naive_.add_document(id, kind);
  }

  void remove_document() {
    const auto id = any_document();
    if (!id) return;
    tree_.remove(*id);
    naive_.remove(*id);
  }

  void splice() {
    const auto id = any_document();
    if (!id) return;
    const std::uint32_t length = naive_.length(*id);
    const std::uint32_t first = input_.below(length + std::size_t{1});
    const std::uint32_t removed = std::min(input_.byte(), length - first);
    const Tokens inserted = input_.tokens(input_.byte());
    tree_.splice(*id, first, removed, inserted);
    naive_.splice(*id, first, removed, inserted);
  }

  /// Of tokens of the input, or of the text up to a place, which may be excluded.
  void look_up() {
    Tokens context;
    std::optional<Place> place;
    const std::uint32_t how = input_.byte();
    const auto id = any_document();
    if (how % 4 != 0 && id && naive_.length(*id) > 0) {
      place = Place{*id, input_.below(naive_.length(*id))};
      context = naive_.context_at(*place, 80);
      if (how % 4 == 1) context[input_.below(context.size())] = input_.token();
    } else {
      context = input_.tokens(input_.below(10));
    }
    if (how / 4 % 2 == 0) place.reset();
    naive_.search(context, place);
    ContextMatch match = tree_.longest_suffix(context, place);
    auto expected = naive_.match();
    for (;;) {
      require(match.length == expected.length && match.count == expected.count);
      check_occurrences(match);
      if (match.length == 0) return;
      match = tree_.shorter(match);
      expected = naive_.match(expected.length);
    }
  }

  void check() const {
    require(tree_.invariants_hold());
    require(tree_.size() == naive_.size());
    for (const DocumentId id : naive_.documents()) {
      require(tree_.holds(id) && tree_.length(id) == naive_.length(id));
    }
  }

 private:
  std::optional<DocumentId> any_document() {
    const std::vector<DocumentId> ids = naive_.documents();
    if (ids.empty()) return std::nullopt;
    return ids[input_.below(ids.size())];
  }

  void check_occurrences(const ContextMatch& match) const {
    const auto expected = naive_.occurrences(match.length);
    const std::vector<Occurrence> found = tree_.newest(match, expected.size() + 1);
    require(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      require(found[i].document == expected[i].document && found[i].time == expected[i].time);
    }
    if (found.empty()) return;
    Tokens following(6);
    following.resize(tree_.following(found.back(), following));
    require(following == naive_.following(expected.back(), 6));
  }

  Input& input_;
  SuffixTree tree_;
  test::NaiveSuffixTree naive_;
};

}  // namespace

// Two bytes for the depth and the budget; then operations, a byte for each and what it takes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input({data, size});
  SuffixTreeOptions options;
  options.depth = 1 + input.below(70);
  options.budget_bytes = SuffixTree::kFixedBytes + input.byte() * 4 * SuffixTree::kTokenBytes;
  Comparison comparison(input, options);
  comparison.add_document();
  for (int i = 0; i < kMostOperations && !input.has_ended(); ++i) {
    const std::uint32_t operation = input.byte() % 16;
    if (operation == 0) {
      comparison.add_document();
    } else if (operation == 1) {
      comparison.remove_document();
    } else if (operation < 9) {
      comparison.splice();
    } else {
      comparison.look_up();
    }
    if (operation < 9) comparison.check();
  }
  return 0;
}
