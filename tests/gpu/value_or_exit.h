#pragma once

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "engine/error.h"

namespace nextline::test {

/// For programs that measure: what fails ends them with a sentence.
template <typename T>
T value_or_exit(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::exit(1);
  }
  return std::move(*result);
}

}  // namespace nextline::test
