#pragma once

#include <cstddef>
#include <span>

#include "lsp/documents/text.h"

namespace nextline::lsp {

/// Where a text stands in a document, while that is edited around it and in it.
///
/// What is inserted right before or right behind it does not belong to it. What is inserted within
/// it does, and so does what takes the place of any of it: the text becomes what has come of it.
/// Once all of it is gone it is a place without a text, which stays right before what is inserted
/// there, and so it is if it was empty from the beginning.
class FollowedText {
 public:
  /// The bytes [first, last).
  FollowedText(std::size_t first, std::size_t last) : first_(first), last_(last) {}

  void follow(const ByteEdit& edit);
  void follow(std::span<const ByteEdit> edits) {
    for (const ByteEdit& edit : edits) follow(edit);
  }

  std::size_t first() const { return first_; }
  std::size_t last() const { return last_; }

 private:
  std::size_t first_;
  std::size_t last_;
};

}  // namespace nextline::lsp
