#pragma once

#include <algorithm>
#include <array>
#include <memory>

#include "tests/unit/cuda/cuda_fixture.h"

namespace nextline::test {

/// Ten documents of which one after the other is edited, computed, saved, brought back or closed.
class TenDocuments {
 public:
  TenDocuments(Backend& backend, const Model& model) : backend_(backend), model_(model) {
    for (auto& document : documents_) document = opened();
  }

  /// What was computed in one step of many.
  LogitRows step() {
    std::unique_ptr<TestSequence>& document = documents_[random_.below(documents_.size())];
    KvSequence& sequence = **document;
    const auto index = static_cast<std::uint32_t>(random_.below(sequence.length() + 1));
    const auto few = static_cast<std::uint32_t>(random_.below(5));
    switch (random_.below(8)) {
      case 0:
        sequence.erase(index, std::min(few, sequence.length() - index));
        return document->append(tokens(1));
      case 1:
        document->storage().bring_back();
        return {};
      case 2:
        sequence.compact(document->storage());
        return document->append(tokens(1));
      case 3:
        return {document->keys_and_values()};
      case 4:
        document->storage().bring_back();
        documents_[random_.below(documents_.size())] = opened();
        return {};
      case 5:
        return document->recompute_all();
      default:
        return document->insert(index, tokens(1 + few));
    }
  }

  /// Of the pages that have been filled.
  std::size_t page_bytes() const {
    std::size_t bytes = 0;
    for (const auto& document : documents_) {
      const std::uint32_t slots = document->pool().untouched_from();
      bytes += (slots + cuda::kPageSlots - 1) / cuda::kPageSlots * page_bytes_of(model_);
    }
    return bytes;
  }

 private:
  std::vector<TokenId> tokens(std::size_t count) { return random_tokens(random_, count, model_); }
  std::unique_ptr<TestSequence> opened() {
    auto document = std::make_unique<TestSequence>(backend_);
    document->append(tokens(70 + random_.below(40)));
    return document;
  }

  Backend& backend_;
  const Model& model_;
  Random random_{32};
  std::array<std::unique_ptr<TestSequence>, 10> documents_;
};

}  // namespace nextline::test
