// Drives the C++ core of ArcticInference as arctic_inference/suffix_decoding/cache.py does: a local
// tree for each request, a global one for what was said before, the draft with the better score.

#include <algorithm>
#include <utility>

#include "suffix_tree.h"
#include "tests/peers/drafting/peer.h"

namespace nextline::peers {
namespace {

constexpr int kDepth = 64;

/// Arguments of `speculate`; those here are its defaults.
struct Arguments {
  float factor = 1;  ///< Tokens per token that matched.
  float least_probability = 0.1F;
  bool drafts_tree = false;
};

class ArcticPeer final : public Peer {
 public:
  ArcticPeer(std::span<const TraceDocument> documents, const Arguments& arguments)
      : arguments_(arguments) {
    for (const TraceDocument& document : documents) global_.extend(requests_++, document.tokens);
  }

  void open(const TraceRow& row) override {
    local_ = std::make_unique<::SuffixTree>(kDepth);
    // The prompt as the model sees it.
    local_->extend(0, row.behind);
    local_->extend(0, row.before);
  }
  void draft(std::span<const TokenId> context, std::uint32_t most_tokens,
             std::vector<DraftToken>& tree) override {
    const auto end = context.last(std::min<std::size_t>(context.size(), kDepth));
    const auto speculate = [&](::SuffixTree& from) {
      return from.speculate(end, static_cast<int>(most_tokens) - 1, arguments_.factor, 0,
                            arguments_.least_probability, arguments_.drafts_tree);
    };
    const Draft local = speculate(*local_);
    const Draft global = speculate(global_);
    const Draft& draft = local.score >= global.score ? local : global;
    for (std::size_t i = 0; i < draft.token_ids.size(); ++i) {
      tree.push_back({draft.token_ids[i], static_cast<std::uint32_t>(draft.parents[i] + 1)});
    }
  }
  void accept(std::span<const TokenId> tokens) override {
    local_->extend(0, tokens);
    global_.extend(requests_, tokens);
  }
  void close() override {
    local_.reset();
    ++requests_;
  }

 private:
  Arguments arguments_;
  ::SuffixTree global_{kDepth};
  int requests_ = 0;
  std::unique_ptr<::SuffixTree> local_;
};

PeerKind kind(std::string name, const Arguments& own) {
  return {std::move(name),
          [=](std::span<const TraceDocument> documents,
              Sizing sizing) -> Result<std::unique_ptr<Peer>> {
            Arguments arguments = own;
            if (sizing == Sizing::kFull) {
              arguments.factor = 64;
              arguments.least_probability = 0;
            }
            return std::make_unique<ArcticPeer>(documents, arguments);
          }};
}

}  // namespace

std::vector<PeerKind> arctic_kinds() {
  return {kind("arctic", {}), kind("arctic, tree", {.drafts_tree = true})};
}

}  // namespace nextline::peers
