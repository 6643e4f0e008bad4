// What the model does for requests that are superseded while somebody types.

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "lsp/completion/completion_service.h"
#include "lsp/completion/model_host.h"
#include "tests/support/layered_backend.h"
#include "tests/support/random.h"
#include "tests/unit/lsp/client_thread.h"
#include "tests/unit/lsp/served_model.h"

namespace nextline::lsp::test {
namespace {

using nextline::test::LayeredBackend;

TEST(TypingOverRequests, CostsALayerForEachThatIsSupersededAndNoRowThatWasFinished) {
  ServedModel model("llama");
  LayeredBackend backend(model.gate());
  ClientThread client;
  ModelHost host({.load = [&](const std::stop_token&) -> Result<Backend*> { return &backend; },
                  .engine = {.speculation = {.enabled = false}},
                  .refresh = {.enabled = false}});
  CompletionService service(host, {.max_tokens = ServedModel::kMaxTokens},
                            [&](auto function) { client.post(std::move(function)); });
  client.run_until([&] { return service.has_model(); });

  std::string text = "def f():\n    return 1\n";
  const auto snapshot = [&] { return DocumentSnapshot{1, 0, std::make_shared<const Text>(text)}; };
  const DocumentId document = service.open(snapshot());
  std::optional<Completion> last;
  int answered = 0;
  int superseded = 0;
  const auto ask = [&] {
    service.complete(document, {text.size()},
                     [&](const Result<std::optional<Suggestion>>& outcome) {
                       ++answered;
                       superseded += *outcome ? 0 : 1;
                       if (*outcome) last = (*outcome)->completion;
                     });
  };
  ask();
  client.run_until([&] { return last.has_value(); });
  const std::size_t rows = backend.prompt_rows_computed();
  last.reset();
  backend.hold_generation(true);

  constexpr int kKeys = 200;
  nextline::test::Random random(5);
  for (int key = 0; key < kKeys; ++key) {
    const ByteEdit edit{text.size(), 0, std::string(1, static_cast<char>('a' + key * key % 23))};
    text += edit.inserted;
    service.change(document, snapshot(), std::span(&edit, 1));
    backend.outdate();
    ask();
    // Now and then the model has time for the prompt, and to begin with the answer.
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(3000)));
  }
  backend.hold_generation(false);
  client.run_until([&] { return last.has_value() && answered == kKeys + 1; });

  EXPECT_EQ(superseded, kKeys - 1);
  EXPECT_LE(backend.most_outdated_layers(), 1);
  EXPECT_LT(backend.layers_in_vain(), backend.passes_stopped() * LayeredBackend::kLayers);
  // Of the completions only the last one has ended, so it counts all that was computed since.
  EXPECT_EQ(backend.prompt_rows_computed() - rows, last->tokens.encoded);
  RecordProperty("passes_stopped", static_cast<int>(backend.passes_stopped()));
  RecordProperty("layers_in_vain", static_cast<int>(backend.layers_in_vain()));
}

}  // namespace
}  // namespace nextline::lsp::test
