#include "server/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>

#include "lsp/settings/settings_options.h"
#include "server/configuration/configurable_options.h"
#include "server/configuration/configured_settings.h"
#include "server/configuration/reference.h"
#include "server/configuration/setting_options.h"
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

void add_configuration(CLI::App& command, std::optional<std::filesystem::path>& file) {
  command
      .add_option_function<std::string>(
          "--config", [&file](const std::string& path) { file = path; },
          "The configuration file (default: ${XDG_CONFIG_HOME:-~/.config}/nextline/config.toml)")
      ->type_name("FILE")
      ->configurable(false);
}

/// The program's commands and options, and where they put what they are told.
class Program {
 public:
  Program() {
    app_.set_version_flag("--version", "nextline " NEXTLINE_VERSION);
    app_.require_subcommand(1);
    add_global_options(app_, result_.options);
    complete_ = add_complete(app_, complete_arguments_, position_);
    serve_ = add_serve(app_, serve_arguments_);
    add_configuration(*serve_, result_.named_configuration);
    bench_ = add_bench(app_, bench_arguments_);
    replay_ = add_replay(app_, replay_arguments_);
    index_ = add_index(app_, index_arguments_);
    models_ = add_models(app_, models_arguments_);
    doctor_ = app_.add_subcommand("doctor", "What was found on this machine, chosen, and why");
    add_configuration(*doctor_, result_.named_configuration);
    // Nobody types this: the documentation is made by it.
    reference_ = app_.add_subcommand("reference")->group("");
    for (CLI::App* command : app_.get_subcommands({})) {
      command->fallthrough();
      command->footer("'nextline --help' shows the options that every command takes.");
    }
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Takes what the file says, to begin with; what is wrong with it is added to its problems.
  void take(Configuration& configuration) {
    auto [said, problems] = options_of_file().take(configuration.says);
    said_by_file_ = std::move(said);
    lsp::Settings settings = lsp::settings_of(serve_arguments_.completion);
    for (const TomlEntry& entry : configuration.says) {
      const auto* const table = std::get_if<TomlTable>(&entry.value.value);
      if (table && entry.key == kSettingsTable) take_settings(*table, settings, problems);
    }
    lsp::apply(settings, {}, serve_arguments_.completion);
    configuration.add(std::move(problems));
  }

  /// Throws what CLI11 does.
  CommandLine parse(int argc, const char* const* argv) {
    app_.parse(argc, argv);
    result_.reads_configuration = app_.got_subcommand(serve_) || app_.got_subcommand(doctor_);
    for (const CLI::Option* const option : said_by_file_) {
      if (option->count() == 0) result_.options.said_by_file.insert(option->get_lnames().front());
    }
    serve_arguments_.pinned = pinned_settings(*serve_);
    take_command();
    return result_;
  }

  std::string help() const { return app_.help(); }
  ConfigurableOptions options_of_file() { return ConfigurableOptions({&app_, serve_}); }

 private:
  void take_command() {
    if (app_.got_subcommand(complete_)) {
      result_.command = complete_arguments_;
    } else if (app_.got_subcommand(serve_)) {
      result_.command = serve_arguments_;
    } else if (app_.got_subcommand(bench_)) {
      result_.command = bench_arguments_;
    } else if (app_.got_subcommand(replay_)) {
      result_.command = replay_arguments_;
    } else if (app_.got_subcommand(index_)) {
      result_.command = index_arguments_;
    } else if (app_.got_subcommand(models_)) {
      result_.command = models_arguments_;
    } else if (app_.got_subcommand(reference_)) {
      result_.command = ReferenceArguments{
          reference_of(app_, options_of_file(), lsp::settings_of(serve_arguments_.completion))};
    } else {
      result_.command = DoctorArguments{};
    }
  }

  CommandLine result_;
  CompleteArguments complete_arguments_;
  ServeArguments serve_arguments_;
  BenchArguments bench_arguments_;
  ReplayArguments replay_arguments_;
  IndexArguments index_arguments_;
  ModelsArguments models_arguments_;
  std::string position_;
  std::vector<const CLI::Option*> said_by_file_;
  CLI::App app_{"Nextline completes code with a local model.", "nextline"};
  CLI::App* complete_;
  CLI::App* serve_;
  CLI::App* bench_;
  CLI::App* replay_;
  CLI::App* index_;
  CLI::App* models_;
  CLI::App* doctor_;
  CLI::App* reference_;
};

}  // namespace

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
  app.add_option_function<std::uint64_t>(
         "--device-memory",
         [&options](std::uint64_t megabytes) { options.device_memory = megabytes << 20; },
         "Megabytes that caches have of a CUDA device's memory at most; what was used least "
         "recently moves to the host's (default: what is free, but for a reserve)")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 30))
      ->type_name("MB");
  app.add_flag("--json", options.json, "Print one JSON object on standard output")
      ->configurable(false);
  app.add_flag("--verbose", options.verbose, "Log technical details");
}

std::variant<CommandLine, NoCommand> parse_command_line(int argc, const char* const* argv,
                                                        Configuration configuration) {
  auto program = std::make_unique<Program>();
  program->take(configuration);
  if (!configuration.problems.empty()) program = std::make_unique<Program>();
  try {
    CommandLine command_line = program->parse(argc, argv);
    command_line.configuration = std::move(configuration);
    return command_line;
  } catch (const CLI::CallForHelp&) {
    return NoCommand{true, false, program->help()};
  } catch (const CLI::CallForVersion& version) {
    return NoCommand{true, false, std::string(version.what()) + "\n"};
  } catch (const CLI::ParseError& error) {
    // Parsing may have ended before it came to the flag.
    const bool json = std::any_of(
        argv + 1, argv + argc, [](const char* word) { return std::string_view(word) == "--json"; });
    return NoCommand{false, json, error.what()};
  }
}

std::variant<CommandLine, NoCommand> read_command_line(int argc, const char* const* argv) {
  auto parsed = parse_command_line(argc, argv);
  const auto* const command_line = std::get_if<CommandLine>(&parsed);
  if (!command_line || !command_line->reads_configuration) return parsed;
  const auto& named = command_line->named_configuration;
  return parse_command_line(argc, argv,
                            named ? read_configuration(*named) : read_default_configuration());
}

}  // namespace nextline::server
