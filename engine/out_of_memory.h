#pragma once

#include <new>
#include <string>
#include <utility>

#include "engine/error.h"

namespace nextline {

/// What `make` gives, a `Result`; or a failure with this sentence where memory runs out meanwhile.
/// For what leaves nothing behind that is half done.
template <typename Make>
auto unless_out_of_memory(std::string sentence, Make&& make) -> decltype(make()) {
  try {
    return std::forward<Make>(make)();
  } catch (const std::bad_alloc&) {
    return failure(std::move(sentence));
  }
}

}  // namespace nextline
