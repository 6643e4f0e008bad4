#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/session/session.h"
#include "tests/support/engine_fixture.h"
#include "tests/unit/lsp/gated_backend.h"

namespace nextline::lsp::test {

/// A small random model for a service to compute with, and what it is to say.
class ServedModel {
 public:
  static constexpr std::uint32_t kMaxTokens = 12;

  explicit ServedModel(const std::string& architecture) : model_(talkative(architecture)) {}

  /// What the service's thread computes with.
  GatedBackend& gate() { return gate_; }

  /// For a backend of one's own.
  const nextline::test::TestModel& model() const { return model_; }

  /// What a fresh session gives between two texts; computed on the test's thread.
  std::string completion_of(const std::string& before, const std::string& behind = "",
                            const std::string& typed = "") {
    auto session = Session::create(*own_backend_, {.reserved_tokens = kMaxTokens});
    session->open(before + behind, {before.size(), before.size()});
    return session->complete({.max_tokens = kMaxTokens, .typed = typed})->text;
  }

 private:
  /// Few tokens that end the text, so that the model goes on for a while.
  static nextline::test::RandomModelOptions talkative(const std::string& architecture) {
    nextline::test::RandomModelOptions options = nextline::test::every_type(architecture);
    options.vocabulary_size = 284;
    return options;
  }

  nextline::test::TestModel model_;
  std::unique_ptr<Backend> backend_ = nextline::test::cpu_backend(*model_);
  std::unique_ptr<Backend> own_backend_ = nextline::test::cpu_backend(*model_);
  GatedBackend gate_{*backend_};
};

}  // namespace nextline::lsp::test
