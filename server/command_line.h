#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "lsp/completion/completer.h"
#include "lsp/completion/completion_end.h"
#include "lsp/completion/completion_engine.h"
#include "lsp/completion/refresh_options.h"
#include "lsp/documents/document_room.h"
#include "lsp/history/history_options.h"
#include "lsp/settings/pinned_settings.h"
#include "lsp/statistics/statistics_store.h"
#include "server/configuration/configuration.h"
#include "server/device_name.h"
#include "server/remote/remote_options.h"
#include "server/replay/edit_case.h"
#include "server/replay/replay_mode.h"
#include "server/replay/trace_runner.h"
#include "server/serving/transport_arguments.h"

namespace CLI {
class App;
}

namespace nextline::server {

/// Options that every command takes.
struct GlobalOptions {
  std::string model;            ///< A name of the catalogue or a path; empty: the default model.
  std::uint32_t threads = 0;    ///< 0: the backend chooses.
  std::string instruction_set;  ///< Empty: the fastest; "reference": the float32 backend.
  DeviceName device;            ///< Where the model computes.
  /// Bytes that caches have of a CUDA device's memory at most; 0: what is free, but for a reserve.
  std::uint64_t device_memory = 0;
  bool json = false;     ///< One JSON object on standard output.
  bool verbose = false;  ///< Technical causes and details in the log.
  /// Those of these that the configuration file says, and not the command line: "isa".
  std::set<std::string, std::less<>> said_by_file = {};

  /// Why an option has the value that it has: "asked for with --isa".
  std::string asked_for(const std::string& option) const {
    return said_by_file.contains(option) ? "asked for in the configuration file"
                                         : "asked for with --" + option;
  }
};

/// `complete FILE:LINE:COLUMN`
struct CompleteArguments {
  std::filesystem::path file;
  std::uint64_t line = 0;    ///< 1-based.
  std::uint64_t column = 0;  ///< 1-based, in characters (code points).
  std::uint32_t max_tokens = 64;
  std::uint32_t context_length = 4096;  ///< Tokens, prompt and completion together.
  lsp::CompletionEndOptions end;
  bool has_context = false;      ///< Whether other files of the workspace are read before.
  std::uint32_t candidates = 1;  ///< Ways to complete the line, at the most.
};

/// `serve --stdio|--tcp|--http`
struct ServeArguments {
  TransportArguments transport;
  lsp::DocumentLimits documents;
  std::chrono::milliseconds unload_after{0};  ///< Of a model that nobody uses; 0: it stays.
  lsp::CompletionEngine::Options engine;      ///< But for the folders of snapshots and histories.
  lsp::Completer::Options completion;
  lsp::RefreshOptions refresh;
  bool keeps_snapshots = true;
  bool keeps_history = true;          ///< Whether repositories are indexed, to draft from.
  lsp::StatisticsOptions statistics;  ///< But for the folder.
  bool keeps_statistics = true;       ///< Whether what becomes of suggestions is counted.
  remote::RemoteOptions remote;       ///< Who completes instead of a model here.
  lsp::PinnedSettings pinned;         ///< Settings that the command line said.
};

/// `bench prefill|decode|verify|edit|speculate|all`
struct BenchArguments {
  std::string bench;                            ///< Its name, or "all".
  std::optional<std::uint32_t> context;         ///< Tokens of prompt; nothing: each bench's own.
  std::uint32_t repetitions = 5;                ///< A figure is the median of so many.
  std::optional<std::filesystem::path> source;  ///< Code to draft from; nothing: generated.
};

/// `models list|fetch|verify`
struct ModelsArguments {
  enum class Action : std::uint8_t { kList, kFetch, kVerify };
  Action action = Action::kList;
  std::string name;                 ///< Fetch and verify; empty: the default model.
  std::optional<std::string> from;  ///< Fetch: a URL or a file instead of the catalogue's sources.
  bool tells_progress = false;      ///< Fetch: how far it is, in lines for programs.
};

/// `index REPOSITORY`
struct IndexArguments {
  std::filesystem::path repository;  ///< A folder or a file in it.
  std::size_t most_tokens = lsp::HistoryOptions().most_tokens;
};

/// `doctor`
struct DoctorArguments {};

/// `reference`
struct ReferenceArguments {
  std::string text;
};

/// `replay SOURCE`
struct ReplayArguments {
  std::filesystem::path source;
  std::vector<replay::EditKind> kinds;      ///< Empty: all.
  std::vector<replay::Mode> modes;          ///< Empty: all.
  std::vector<Layout> layouts;              ///< Empty: the server's.
  std::vector<KvType> kv_types;             ///< Empty: float16.
  std::vector<float> blend_weights;         ///< Empty: the server's.
  std::vector<std::string> repairs;         ///< As `repair_of_stages` reads them; empty: "all".
  std::vector<std::uint32_t> edits_before;  ///< Empty: none.
  std::vector<std::uint32_t> lines;         ///< Empty: by chance.
  std::filesystem::path since;              ///< An earlier release of the source; empty: none.
  std::uint64_t seed = 1;
  std::optional<std::uint32_t> limit;
  std::uint32_t tokens = 1200;
  bool resumes = false;
  bool tries_drafts = false;   ///< Whether completions are also drafted, and compared.
  std::filesystem::path plot;  ///< Empty: none.
  /// Lines between two releases are typed and completed, with these; empty: edits are replayed.
  std::vector<replay::Speculation> speculations;
  Sampling sampling;              ///< Of a second round of completions, where something is drawn.
  std::filesystem::path foreign;  ///< The repository that kForeign drafts from.
  std::filesystem::path trace;    ///< What was said before, and then; empty: not written.
  /// Lines that use something of another file are completed with so many tokens of context; empty:
  /// edits are replayed.
  std::vector<std::uint32_t> contexts;
  std::filesystem::path rows;  ///< Empty: the rows are replayed, and not written.
};

/// What the user typed.
struct CommandLine {
  GlobalOptions options;
  std::variant<CompleteArguments, ServeArguments, BenchArguments, ReplayArguments, IndexArguments,
               ModelsArguments, DoctorArguments, ReferenceArguments>
      command;
  /// Whether the command is told by a configuration file what the command line does not say.
  bool reads_configuration = false;
  std::optional<std::filesystem::path> named_configuration;  ///< Nothing: the default one.
  /// What was read. Where there is a problem with it, nothing of it holds.
  Configuration configuration;
};

/// Why no command is to be run.
struct NoCommand {
  bool asked_for;       ///< Help or version was wanted; otherwise the usage was wrong.
  bool json;            ///< Whether --json was among the arguments.
  std::string message;  ///< What to print: help text, version or one sentence.
};

/// Adds the options that every command takes.
void add_global_options(CLI::App& app, GlobalOptions& options);

/// Understands `argv`, over what a configuration file has said. Nothing is read from or written to
/// anywhere.
std::variant<CommandLine, NoCommand> parse_command_line(int argc, const char* const* argv,
                                                        Configuration configuration = {});

/// The same, with the configuration file that the command line names, or the default one, where the
/// command reads it.
std::variant<CommandLine, NoCommand> read_command_line(int argc, const char* const* argv);

}  // namespace nextline::server
