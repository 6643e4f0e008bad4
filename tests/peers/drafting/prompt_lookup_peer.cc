#include <algorithm>
#include <cstddef>
#include <utility>

#include "tests/peers/drafting/peer.h"

namespace nextline::peers {
namespace {

constexpr std::size_t kLongest = 3;

class PromptLookupPeer final : public Peer {
 public:
  explicit PromptLookupPeer(bool takes_last) : takes_last_(takes_last) {}

  void open(const TraceRow& row) override {
    prompt_ = row.behind;
    prompt_.insert(prompt_.end(), row.before.begin(), row.before.end());
  }
  void draft(std::span<const TokenId>, std::uint32_t most_tokens,
             std::vector<DraftToken>& tree) override {
    for (std::size_t length = std::min(kLongest, prompt_.size() - 1); length > 0; --length) {
      const auto ngram = std::span(prompt_).last(length);
      // The n-gram itself is no place to copy from.
      const auto searched = std::span(prompt_).first(prompt_.size() - 1);
      const auto found =
          takes_last_ ? std::find_end(searched.begin(), searched.end(), ngram.begin(), ngram.end())
                      : std::search(searched.begin(), searched.end(), ngram.begin(), ngram.end());
      if (found == searched.end()) continue;
      auto next =
          prompt_.begin() + (found - searched.begin()) + static_cast<std::ptrdiff_t>(length);
      for (; tree.size() < most_tokens && next != prompt_.end(); ++next) {
        tree.push_back({*next, static_cast<std::uint32_t>(tree.size() - 1)});
      }
      return;
    }
  }
  void accept(std::span<const TokenId> tokens) override {
    prompt_.insert(prompt_.end(), tokens.begin(), tokens.end());
  }

 private:
  bool takes_last_;
  std::vector<TokenId> prompt_;
};

PeerKind kind(std::string name, bool takes_last) {
  return {std::move(name),
          [=](std::span<const TraceDocument>, Sizing) -> Result<std::unique_ptr<Peer>> {
            return std::make_unique<PromptLookupPeer>(takes_last);
          }};
}

}  // namespace

std::vector<PeerKind> prompt_lookup_kinds() {
  return {kind("prompt lookup, first", false), kind("prompt lookup, last", true)};
}

}  // namespace nextline::peers
