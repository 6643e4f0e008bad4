#include "server/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string_view>

#include "server/replay_options.h"
#include "server/serve_options.h"

namespace nextline::server {
namespace {

/// "3" → 3; nothing for signs, blanks, letters, zero and what does not fit.
std::optional<std::uint64_t> parse_positive(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0) return std::nullopt;
  return value;
}

/// Cuts ":N" off the end of `text`.
std::optional<std::uint64_t> take_last_number(std::string_view& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto number = parse_positive(text.substr(colon + 1));
  if (number) text = text.substr(0, colon);
  return number;
}

/// Reads FILE:LINE:COLUMN from the right, so that a path may contain colons.
bool parse_position(std::string_view text, CompleteArguments& arguments) {
  const auto column = take_last_number(text);
  const auto line = column ? take_last_number(text) : std::nullopt;
  if (!line || text.empty()) return false;
  arguments.file = std::filesystem::path(text);
  arguments.line = *line;
  arguments.column = *column;
  return true;
}

void add_global_options(CLI::App& app, GlobalOptions& options) {
  app.add_option("--model", options.model, "A model's name (see 'models list') or a GGUF file")
      ->type_name("NAME|PATH");
  app.add_option("--threads", options.threads,
                 "Threads that compute (default: as many as a short measurement finds best)")
      ->check(CLI::Range(1U, 1024U))
      ->type_name("N");
  app.add_option("--isa", options.instruction_set,
                 "Instruction set: portable, avx2, avx512, amx, or reference (float32, slow) "
                 "(default: the fastest that the machine has)")
      ->type_name("NAME");
  app.add_option_function<std::string>(
         "--device",
         [&options](const std::string& text) { options.device = *DeviceName::parse(text); },
         "auto: a CUDA device if one can be used, else the CPU; cpu; or cuda:N (default: auto)")
      ->check([](const std::string& text) {
        if (DeviceName::parse(text)) return std::string();
        return "must be auto, cpu or cuda:N, not '" + text + "'";
      })
      ->type_name("DEVICE");
  app.add_flag("--json", options.json, "Print one JSON object on standard output");
  app.add_flag("--verbose", options.verbose, "Log technical details");
}

CLI::App* add_complete(CLI::App& app, CompleteArguments& arguments, std::string& position) {
  CLI::App* command = app.add_subcommand("complete", "Complete the line at a place of a file");
  command->add_option("POSITION", position, "1-based line and column, in characters")
      ->required()
      ->type_name("FILE:LINE:COLUMN")
      ->check([&arguments](const std::string& text) {
        if (parse_position(text, arguments)) return std::string();
        return "'" + text + "' is not FILE:LINE:COLUMN, for example src/main.cc:12:1";
      });
  add_limits(*command, arguments.max_tokens, arguments.context_length);
  add_end(*command, arguments.end);
  command->add_flag("--with-context", arguments.has_context,
                    "Read the other files of the file's repository first, and show the model what "
                    "they define, as the server does after a while");
  command
      ->add_option(
          "--candidates", arguments.candidates,
          "Show up to so many ways to complete it, and how sure the model is of each (default 1)")
      ->check(CLI::Range(1U, 32U))
      ->type_name("N");
  return command;
}

CLI::App* add_bench(CLI::App& app, BenchArguments& arguments) {
  CLI::App* command = app.add_subcommand(
      "bench", "Measure how fast the engine is, and how close to what the machine can do");
  command->add_option("BENCH", arguments.bench, "prefill, decode, verify, edit, speculate or all")
      ->required()
      ->type_name("NAME")
      ->check([](const std::string& name) {
        constexpr std::array<std::string_view, 6> kNames = {"prefill", "decode",    "verify",
                                                            "edit",    "speculate", "all"};
        if (std::find(kNames.begin(), kNames.end(), name) != kNames.end()) return std::string();
        return "must be prefill, decode, verify, edit, speculate or all, not '" + name + "'";
      });
  command
      ->add_option("--context", arguments.context,
                   "Measure with so many tokens of prompt only (default: each bench's own)")
      ->check(CLI::Range(16U, std::numeric_limits<std::uint32_t>::max()))
      ->type_name("N");
  command
      ->add_option("--repetitions", arguments.repetitions,
                   "A figure is the median of so many (default 5)")
      ->check(CLI::Range(1U, 1000U))
      ->type_name("N");
  command
      ->add_option("--source", arguments.source,
                   "Draft from the code in this folder (default: generated code)")
      ->check(CLI::ExistingDirectory)
      ->type_name("FOLDER");
  return command;
}

CLI::App* add_index(CLI::App& app, IndexArguments& arguments) {
  CLI::App* command = app.add_subcommand(
      "index", "Build or extend the index over a repository's files and history");
  command->add_option("REPOSITORY", arguments.repository, "A folder or a file in a git repository")
      ->required()
      ->type_name("PATH");
  command
      ->add_option("--tokens", arguments.most_tokens,
                   "So many at most: the oldest commits are left out (default 8000000)")
      ->check(CLI::Range(std::size_t{1000}, std::size_t{1'000'000'000}))
      ->type_name("N");
  return command;
}

CLI::App* add_models(CLI::App& app, ModelsArguments& arguments) {
  using Action = ModelsArguments::Action;
  CLI::App* command = app.add_subcommand("models", "List, fetch and verify models");
  command->require_subcommand(1);
  command->add_subcommand("list", "The catalogue, and what is on this machine")
      ->callback([&arguments] { arguments.action = Action::kList; });

  CLI::App* fetch = command->add_subcommand("fetch", "Fetch a model; an interrupted fetch resumes");
  fetch->add_option("NAME", arguments.name, "The model (default: the default model)");
  fetch
      ->add_option("--from", arguments.from,
                   "Fetch from here; the hash must still be the catalogue's")
      ->type_name("URL|FILE");
  fetch->add_flag("--progress-lines", arguments.tells_progress,
                  "Tell on standard error how far it is, as a JSON object a line");
  fetch->callback([&arguments] { arguments.action = Action::kFetch; });

  CLI::App* verify = command->add_subcommand("verify", "Check a model's size and SHA-256");
  verify->add_option("NAME", arguments.name, "The model (default: the default model)");
  verify->callback([&arguments] { arguments.action = Action::kVerify; });

  for (CLI::App* action : command->get_subcommands({})) action->fallthrough();
  return command;
}

}  // namespace

std::variant<CommandLine, NoCommand> parse_command_line(int argc, const char* const* argv) {
  CommandLine result;
  CompleteArguments complete_arguments;
  ServeArguments serve_arguments;
  BenchArguments bench_arguments;
  ReplayArguments replay_arguments;
  IndexArguments index_arguments;
  ModelsArguments models_arguments;
  std::string position;

  CLI::App app("Nextline completes code with a local model.", "nextline");
  app.set_version_flag("--version", "nextline " NEXTLINE_VERSION);
  app.require_subcommand(1);
  add_global_options(app, result.options);
  CLI::App* complete = add_complete(app, complete_arguments, position);
  CLI::App* serve = add_serve(app, serve_arguments);
  CLI::App* bench = add_bench(app, bench_arguments);
  CLI::App* replay = add_replay(app, replay_arguments);
  CLI::App* index = add_index(app, index_arguments);
  CLI::App* models = add_models(app, models_arguments);
  app.add_subcommand("doctor", "What was found on this machine, chosen, and why");
  for (CLI::App* command : app.get_subcommands({})) {
    command->fallthrough();
    command->footer("'nextline --help' shows the options that every command takes.");
  }

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return NoCommand{true, false, app.help()};
  } catch (const CLI::CallForVersion& version) {
    return NoCommand{true, false, std::string(version.what()) + "\n"};
  } catch (const CLI::ParseError& error) {
    // Parsing may have ended before it came to the flag.
    const bool json = std::any_of(
        argv + 1, argv + argc, [](const char* word) { return std::string_view(word) == "--json"; });
    return NoCommand{false, json, error.what()};
  }

  if (app.got_subcommand(complete)) {
    result.command = complete_arguments;
  } else if (app.got_subcommand(serve)) {
    result.command = serve_arguments;
  } else if (app.got_subcommand(bench)) {
    result.command = bench_arguments;
  } else if (app.got_subcommand(replay)) {
    result.command = replay_arguments;
  } else if (app.got_subcommand(index)) {
    result.command = index_arguments;
  } else if (app.got_subcommand(models)) {
    result.command = models_arguments;
  } else {
    result.command = DoctorArguments{};
  }
  return result;
}

}  // namespace nextline::server
