// Prints what a server's metrics are after some completions: metrics_probe VERSION

#include <cstdio>
#include <string>

#include "server/metrics/metrics.h"

int main(int argument_count, char** arguments) {
  using nextline::server::Metrics;
  if (argument_count != 2) {
    std::fprintf(stderr, "usage: metrics_probe VERSION\n");
    return 2;
  }
  Metrics metrics(arguments[1]);
  nextline::Completion completion;
  for (const double milliseconds : {0.4, 3.0, 40.0, 700.0, 60'000.0}) {
    completion.timing = {milliseconds / 8, milliseconds / 8, milliseconds / 4, milliseconds / 2,
                         milliseconds};
    completion.tokens = {100, 90, 10, 8, 6, 4, 5};
    metrics.asked();
    metrics.completed(completion, Metrics::Purpose::kRequest);
    metrics.answered({.text = "return"}, Metrics::Source::kModel);
  }
  metrics.completed(completion, Metrics::Purpose::kLookAhead);
  metrics.asked();
  metrics.answered({.why_nothing = nextline::lsp::Unasked::kInComment}, Metrics::Source::kModel);
  const std::string text = metrics.text(
      {.clients = 2, .open_documents = 3, .cache_bytes = 123'456'789, .is_loaded = true});
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
}
