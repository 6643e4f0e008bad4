#include "server/replay_options.h"

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/session/repair.h"
#include "server/serve_options.h"

namespace nextline::server {
namespace {

/// An option that takes names, with commas between them, out of a set that `from_name` knows.
template <typename Value, typename FromName>
CLI::Option* add_names(CLI::App& command, const std::string& option, std::vector<Value>& values,
                       FromName from_name, const std::string& known,
                       const std::string& description) {
  return command
      .add_option_function<std::vector<std::string>>(
          option,
          [&values, from_name](const std::vector<std::string>& names) {
            values.clear();
            for (const std::string& name : names) values.push_back(*from_name(name));
          },
          description)
      ->delimiter(',')
      ->check([from_name, known](const std::string& name) {
        return from_name(name) ? std::string() : "must be of " + known + ", not '" + name + "'";
      })
      ->type_name("NAMES");
}

CLI::Option* add_numbers(CLI::App& command, const std::string& option,
                         std::vector<std::uint32_t>& values, std::uint32_t most,
                         const std::string& description) {
  return command.add_option(option, values, description)
      ->delimiter(',')
      ->check(CLI::Range(0U, most))
      ->type_name("N,…");
}

/// What is compared.
void add_variants(CLI::App& command, ReplayArguments& arguments) {
  add_names(command, "--mode", arguments.modes, replay::mode_from_name,
            "full, prefix, ignore, conflict, eager, pie, repair",
            "How the cache meets the edit: full, prefix, ignore, conflict, eager, pie, repair "
            "(default: all)");
  add_names(command, "--layout", arguments.layouts, layout_from_name, "plain, psm, spm, blend",
            "How the prompt is put together: plain, psm, spm, blend (default: the server's)");
  add_names(command, "--kv-type", arguments.kv_types, replay::kv_type_from_name, "f32, f16, bf16",
            "How keys and values are stored: f32, f16, bf16 (default f16)");
  command
      .add_option(
          "--blend-weight", arguments.blend_weights,
          "What the layout that blends takes of psm, 0 to 1 (default: what the server takes)")
      ->delimiter(',')
      ->check(CLI::Range(0.0F, 1.0F))
      ->type_name("X,…");
  command
      .add_option("--repair", arguments.repairs,
                  "What the mode repair computes again, as for 'serve'; may be given several times "
                  "(default all)")
      ->check([](const std::string& stages) {
        return repair_of_stages(stages, {}) ? std::string()
                                            : "'" + stages + "' is no list of repair stages";
      })
      ->type_name("STAGES");
  add_numbers(command, "--edits-before", arguments.edits_before, 100000,
              "So many edits are made elsewhere before, and taken back (default 0)")
      ->check([](const std::string& number) {
        return number == "1" ? std::string("cannot be 1: what is made is taken back") : "";
      });
}

/// What is edited.
void add_cases(CLI::App& command, ReplayArguments& arguments) {
  add_names(command, "--edits", arguments.kinds, replay::edit_kind_from_name,
            "insert, delete, replace, multi, commits, keystrokes, semantic, jump",
            "Kinds of edits: insert, delete, replace, multi, commits, keystrokes, semantic, jump "
            "(default: all)");
  add_numbers(command, "--lines", arguments.lines, 1000,
              "Lines that are inserted, deleted or replaced (default: 1 to 8, by chance)");
  command
      .add_option("--since", arguments.since,
                  "An earlier release of the folder: what changed since is the kind commits")
      ->type_name("FOLDER");
  command.add_option("--seed", arguments.seed, "Chooses places and edits (default 1)")
      ->type_name("N");
  command.add_option("--limit", arguments.limit, "Cases at most, two of three in Python")
      ->check(CLI::Range(1U, std::numeric_limits<std::uint32_t>::max()))
      ->type_name("N");
  command.add_option("--tokens", arguments.tokens, "Tokens of a prompt at most (default 1200)")
      ->check(CLI::Range(128U, 1U << 20))
      ->type_name("N");
}

/// What completions are drafted from, line by line between two releases.
void add_speculation(CLI::App& command, ReplayArguments& arguments) {
  CLI::Option* const speculation = add_names(
      command, "--speculation", arguments.speculations, replay::speculation_from_name,
      "off, buffer, head, history, foreign",
      "Instead of edits, type the lines that the newest release changed, and complete them with "
      "drafts from: off (nothing), buffer, head, history, foreign");
  add_sampling(command, arguments.sampling);  // What is drawn is completed besides.
  for (const char* option : {"--temperature", "--top-p", "--sampling-seed"}) {
    command.get_option(option)->needs(speculation);
  }
  command
      .add_option("--foreign", arguments.foreign,
                  "The repository that 'foreign' drafts from, and nothing else")
      ->needs(speculation)
      ->type_name("FOLDER");
  command
      .add_option("--trace", arguments.trace,
                  "Write what was said before, and what the model said, to this file (JSONL)")
      ->needs(speculation)
      ->type_name("FILE");
}

/// What other files define, in front of lines that use something of them.
void add_context(CLI::App& command, ReplayArguments& arguments) {
  CLI::Option* const context = add_numbers(
      command, "--context", arguments.contexts, 1U << 16,
      "Instead of edits, complete lines that use something of another file, with so many tokens of "
      "what other files define in front at the most; 0 for none");
  for (const char* option : {"--mode", "--edits", "--layout", "--speculation"}) {
    context->excludes(command.get_option(option));
  }
}

}  // namespace

CLI::App* add_replay(CLI::App& app, ReplayArguments& arguments) {
  CLI::App* command = app.add_subcommand(
      "replay", "Replay edits of real code, and compare what caches make of them");
  command
      ->add_option("SOURCE", arguments.source,
                   "Rows of RepoBench (JSONL), a git repository, a folder of sources, or a folder "
                   "of such folders")
      ->required()
      ->type_name("PATH");
  add_variants(*command, arguments);
  add_cases(*command, arguments);
  add_speculation(*command, arguments);
  add_context(*command, arguments);
  command->add_flag("--resume", arguments.resumes, "Go on where an earlier run was interrupted");
  command->add_flag("--try-drafts", arguments.tries_drafts,
                    "Also complete each line with drafts, greedily and drawn, and count what "
                    "comes out otherwise");
  command->add_option("--plot", arguments.plot, "Draw KL and exact match into this SVG file")
      ->type_name("FILE");
  command
      ->add_option("--rows", arguments.rows,
                   "Only make rows of RepoBench's form of the sources, and write them to this file")
      ->type_name("FILE");
  return command;
}

}  // namespace nextline::server
