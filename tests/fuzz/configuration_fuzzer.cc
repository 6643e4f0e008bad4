#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "server/command_line.h"
#include "server/configuration/configurable_options.h"
#include "server/configuration/configured_settings.h"
#include "server/serve_options.h"

namespace {

using namespace nextline::server;

/// Problems lie within the text and are a line each.
void look_at(const std::vector<FileProblem>& problems, std::string_view text) {
  for (const FileProblem& problem : problems) {
    const std::string line = to_text("c.toml", problem);
    if (line.size() > 1000 || line.find('\n') != std::string::npos) std::abort();
    if (problem.place.line < 1 || problem.place.line > text.size() + 1) std::abort();
    if (problem.place.column < 1 || problem.place.column > text.size() + 1) std::abort();
  }
}

}  // namespace

/// Whatever the text is, it is taken or there are problems; and the command line can be parsed
/// then.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = parse_toml(text);
  if (!file) {
    look_at({file.error()}, text);
    return 0;
  }
  GlobalOptions options;
  ServeArguments arguments;
  CLI::App app;
  add_global_options(app, options);
  const auto taken = ConfigurableOptions({&app, add_serve(app, arguments)}).take(*file);
  look_at(taken.problems, text);
  std::vector<FileProblem> problems;
  nextline::lsp::Settings settings;
  take_settings(*file, settings, problems);
  for (const TomlEntry& entry : *file) {
    const auto* const table = std::get_if<TomlTable>(&entry.value.value);
    if (table) take_settings(*table, settings, problems);
  }
  look_at(problems, text);
  app.parse("--threads 2 serve --stdio --cache-memory 3", false);
  if (options.threads != 2) std::abort();
  return 0;
}
