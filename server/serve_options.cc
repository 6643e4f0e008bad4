#include "server/serve_options.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "engine/session/repair.h"
#include "server/remote_options.h"
#include "server/transport_options.h"

namespace nextline::server {
namespace {

constexpr std::uint64_t kMegabyte = std::uint64_t{1} << 20;
constexpr std::uint64_t kMostMegabytes = std::uint64_t{1} << 30;

/// Keeps back about one in seven of the default model's suggestions for lines that are being typed,
/// and hardly any that is right (`confidence_figures`).
constexpr double kLeastConfidence = 0.05;

void add_switch(CLI::App& command, const std::string& name, bool& is_on,
                const std::string& description) {
  command
      .add_option_function<std::string>(
          name, [&is_on](const std::string& word) { is_on = word == "on"; },
          "on or off: " + description + " (default on)")
      ->check([](const std::string& word) {
        return word == "on" || word == "off" ? std::string()
                                             : "must be on or off, not '" + word + "'";
      })
      ->type_name("on|off");
}

/// What `add` adds stands together in the help, and in a table of the configuration file.
template <typename Add>
void add_group(CLI::App& command, const std::string& name, Add add) {
  const std::string outer = command.option_defaults()->get_group();
  command.option_defaults()->group(name);
  add();
  command.option_defaults()->group(outer);
}

/// What is computed while the user pauses.
void add_refresh(CLI::App& command, lsp::RefreshOptions& options) {
  constexpr std::int64_t kLongestPause = 24 * 60 * 60 * 1000;
  add_switch(command, "--refresh", options.enabled,
             "whether what edits left stale is computed again while you pause");
  command
      .add_option_function<std::int64_t>(
          "--refresh-pause",
          [&options](std::int64_t pause) { options.pause = std::chrono::milliseconds(pause); },
          "It begins after so many milliseconds in which nothing was to be done (default 500)")
      ->check(CLI::Range(std::int64_t{0}, kLongestPause))
      ->type_name("MS");
  command
      .add_option("--refresh-threads", options.threads,
                  "Threads that it takes at most (default 1: the other cores stay free)")
      ->check(CLI::Range(1U, 1024U))
      ->type_name("N");
  command
      .add_option("--refresh-tokens", options.most_tokens,
                  "Tokens that it computes in one pause at most; 0: no limit (default 0)")
      ->check(CLI::Range(0U, std::numeric_limits<std::uint32_t>::max()))
      ->type_name("N");
  command.add_flag("--refresh-on-battery", options.on_battery,
                   "Go on with it while the machine runs on battery");
}

/// What is kept of a cache when its text changes.
void add_reuse(CLI::App& command, Reuse& reuse) {
  command
      .add_option_function<std::string>(
          "--reuse", [&reuse](const std::string& name) { reuse = *reuse_from_name(name); },
          "What is kept of the cache when the text changes: pieces, or for comparison rotated, "
          "prefix or nothing (default pieces)")
      ->check([](const std::string& name) {
        // Not "unrotated": its completions are wrong on purpose, which is of no use in an editor.
        const auto named = reuse_from_name(name);
        return named && *named != Reuse::kUnrotated
                   ? std::string()
                   : "must be pieces, rotated, prefix or nothing, not '" + name + "'";
      })
      ->type_name("WHAT");
}

/// What is computed again of what an edit made stale.
void add_repair(CLI::App& command, RepairOptions& options) {
  command
      .add_option_function<std::string>(
          "--repair",
          [&options](const std::string& stages) { options = *repair_of_stages(stages, options); },
          "What is computed again before a completion, of what an edit made stale: all, none, or "
          "some of " +
              repair_stage_names() + ", with commas (default all)")
      ->check([](const std::string& stages) {
        if (repair_of_stages(stages, {})) return std::string();
        return "must be all, none, or some of " + repair_stage_names() + ", with commas, not '" +
               stages + "'";
      })
      ->type_name("STAGES");
  command
      .add_option("--repair-tokens", options.budget,
                  "Tokens that it computes at most, the markers not counted (default " +
                      std::to_string(options.budget) + ")")
      ->check(CLI::Range(0U, 4096U))
      ->type_name("N");
}

/// What is kept of documents' caches, in memory and on disk.
void add_caches(CLI::App& command, ServeArguments& arguments) {
  command
      .add_option_function<std::uint64_t>(
          "--cache-memory",
          [&arguments](std::uint64_t megabytes) {
            arguments.engine.cache_bytes = megabytes * kMegabyte;
          },
          "Megabytes that the caches of all documents may take together (default 1024)")
      ->check(CLI::Range(std::uint64_t{1}, kMostMegabytes))
      ->type_name("MB");
  add_switch(command, "--snapshots", arguments.keeps_snapshots,
             "whether caches are kept on disk for files that are opened again");
  command
      .add_option_function<std::uint64_t>(
          "--snapshot-disk",
          [&arguments](std::uint64_t megabytes) {
            arguments.engine.snapshots.disk_bytes = megabytes * kMegabyte;
          },
          "Megabytes that they may take together (default 2048)")
      ->check(CLI::Range(std::uint64_t{1}, kMostMegabytes))
      ->type_name("MB");
}

/// Which completions are suggested.
void add_suggestions(CLI::App& command, lsp::Completer::Options& options) {
  options.least_confidence = kLeastConfidence;
  command
      .add_option("--least-confidence", options.least_confidence,
                  "How sure the model must be of what is suggested without being asked for, as the "
                  "probability of its first line; 0: anything is suggested (default 0.05)")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("P");
  command
      .add_option("--candidates", options.candidates,
                  "Suggestions at most for those who ask by hand (default 3)")
      ->check(CLI::Range(std::size_t{1}, std::size_t{32}))
      ->type_name("N");
}

/// What completions are drafted from. It changes none, only their times.
void add_speculation(CLI::App& command, ServeArguments& arguments) {
  command
      .add_option_function<std::string>(
          "--speculation",
          [&arguments](const std::string& source) {
            arguments.engine.speculation.enabled = source != "off";
            arguments.keeps_history = source == "history";
          },
          "What completions are drafted from, for the model to verify: off (nothing), buffer (open "
          "documents), or history (also the repository and its history) (default history)")
      ->check([](const std::string& source) {
        return source == "off" || source == "buffer" || source == "history"
                   ? std::string()
                   : "must be off, buffer or history, not '" + source + "'";
      })
      ->type_name("WHAT");
  command
      .add_option_function<std::uint64_t>(
          "--speculation-memory",
          [&arguments](std::uint64_t megabytes) {
            arguments.engine.speculation.tree_bytes = megabytes * kMegabyte;
          },
          "Megabytes for what open documents say and what was generated lately, of which drafts "
          "are "
          "made, 60 bytes a token (default 64)")
      ->check(CLI::Range(std::uint64_t{1}, kMostMegabytes))
      ->type_name("MB");
  command
      .add_option("--history-tokens", arguments.engine.speculation.history.most_tokens,
                  "Tokens of a repository that are indexed at most, 11 bytes each; the oldest "
                  "commits are left out (default 8000000)")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 30))
      ->type_name("N");
}

/// What is counted of suggestions.
void add_statistics(CLI::App& command, ServeArguments& arguments) {
  command.add_flag_callback(
      "--no-statistics", [&arguments] { arguments.keeps_statistics = false; },
      "Do not count, in a file on this machine, how many suggestions are asked for, accepted and "
      "kept");
}

/// What the model is shown of other files.
void add_context(CLI::App& command, lsp::ContextOptions& options) {
  command.add_flag_callback(
      "--no-context", [&options] { options.enabled = false; },
      "Do not read the workspace's files, nor show the model what they define");
  command
      .add_option("--context-tokens", options.most_tokens,
                  "Tokens of what other files define that the model is shown at most, a quarter of "
                  "the context in any case (default: what this machine computes in two seconds)")
      ->check(CLI::Range(1U, std::numeric_limits<std::uint32_t>::max()))
      ->type_name("N");
}

/// What is computed though nobody has asked for it yet.
void add_look_ahead(CLI::App& command, bool& looks_ahead) {
  looks_ahead = true;
  command.add_flag_callback(
      "--no-look-ahead", [&looks_ahead] { looks_ahead = false; },
      "Do not prepare what follows a suggestion while you read it");
}

}  // namespace

void add_sampling(CLI::App& command, Sampling& sampling) {
  command
      .add_option("--temperature", sampling.temperature,
                  "Draw tokens at this temperature (default 0: always the most likely one)")
      ->check(CLI::Range(0.0F, 10.0F))
      ->type_name("X");
  command
      .add_option(
          "--top-p", sampling.top_p,
          "Draw from the most likely tokens that have this probability together (default 1)")
      ->check(CLI::Range(0.01F, 1.0F))
      ->type_name("X");
  command
      .add_option("--sampling-seed", sampling.seed,
                  "What is drawn at a position follows from it (default 0)")
      ->type_name("N");
}

void add_limits(CLI::App& command, std::uint32_t& max_tokens, std::uint32_t& context_length) {
  command.add_option("--max-tokens", max_tokens, "Tokens to generate at most (default 64)")
      ->check(CLI::Range(1U, 4096U))
      ->type_name("N");
  command
      .add_option("--context", context_length,
                  "Tokens at most, those of the file and of the completion together (default 4096)")
      ->check(CLI::Range(16U, std::numeric_limits<std::uint32_t>::max()))
      ->type_name("N");
}

void add_end(CLI::App& command, lsp::CompletionEndOptions& end) {
  command
      .add_option_function<std::string>(
          "--extent",
          [&end](const std::string& name) { end.extent = *lsp::extent_from_name(name); },
          "How much a completion is: line (a line, or what is left of the statement), block (the "
          "block that the cursor opens, or the rest of the one around it), or automatic (a block "
          "where the cursor opens one) (default automatic)")
      ->check([](const std::string& name) {
        if (lsp::extent_from_name(name)) return std::string();
        return "must be line, block or automatic, not '" + name + "'";
      })
      ->type_name("WHAT");
}

CLI::App* add_serve(CLI::App& app, ServeArguments& arguments) {
  CLI::App* command =
      app.add_subcommand("serve", "Serve an editor that speaks the Language Server Protocol");
  add_group(*command, "Transport", [&] { add_transports(*command, arguments); });
  add_limits(*command, arguments.completion.max_tokens, arguments.engine.context_length);
  add_end(*command, arguments.completion.end);
  add_group(*command, "Cache", [&] {
    add_reuse(*command, arguments.engine.reuse);
    add_repair(*command, arguments.engine.repair);
    add_caches(*command, arguments);
  });
  add_group(*command, "Refresh", [&] { add_refresh(*command, arguments.refresh); });
  add_group(*command, "Speculation", [&] { add_speculation(*command, arguments); });
  add_group(*command, "Remote", [&] { add_remote(*command, arguments.remote); });
  add_statistics(*command, arguments);
  add_context(*command, arguments.completion.context);
  add_suggestions(*command, arguments.completion);
  add_look_ahead(*command, arguments.completion.looks_ahead);
  add_group(*command, "Sampling", [&] { add_sampling(*command, arguments.engine.sampling); });
  return command;
}

}  // namespace nextline::server
