#pragma once

#include <cstdint>
#include <memory>

#include "engine/backend/backend.h"
#include "engine/model/model.h"

namespace nextline::test {

/// The backend that the sessions of this test program run on: the tests of sessions hold on each.
/// `threads`: of the processor, where it is the one that computes.
std::unique_ptr<Backend> session_backend(const Model& model, std::uint32_t threads = 1);

/// How many steps a test at random goes on for, so that it takes a few seconds.
extern const int kRandomSteps;

}  // namespace nextline::test
