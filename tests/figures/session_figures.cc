// What a session costs and what it loses, on a real model and real files of source code.
//
//   session_figures MODEL SECTION FILE…
//
// Sections, each a table on standard output:
//
//   keys     A thousand keys of the files' own lines are typed with 64 lines behind the cursor:
//            tokens computed per key, time per key as a share of a full prefill, and the keys that
//            cost most. Files of 2,400 tokens or more.
//   healing  Ten lines per file are completed from within a word, with and without token healing:
//            whether what is generated goes on from what was typed, goes on with a letter, ends the
//            word as the file does, ends the line as the file does.
//   jump     The cursor jumps 10 and 200 lines, down and up again, to where a line is missing, once
//            per file: tokens computed, time as a share of a full prefill, and what is lost, for
//            several numbers of tokens refreshed behind the move.
//   edits    A thousand random edits per file, a row for each hundred: pieces, slots in use, tokens
//            and time per edit, and what is lost where a line has just been deleted; beside it,
//            what that deletion alone loses; at the end, what is lost after a refresh.
//   opening  Each file is opened with the cursor in its middle: what comes before the first logits,
//            and what is then computed in small chunks.
//   reopening  Each file's cache is kept on disk, and the file is opened again with the cursor
//            where it was: to the first logits, as after the model has been loaded.
//
// What is lost is the mean, over the tokens of the awaited line, each behind those before it, of
// KL(everything computed again ‖ the session) in nats. Full prefills are measured in the same run.
// Token counts and losses are the same on every machine; times are not.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <string_view>

#include "engine/backend/cpu/cpu_backend.h"
#include "tests/figures/setting.h"

namespace nextline::figures {
namespace {

struct Section {
  std::string_view name;
  Result<void> (*print)(const Setting&);
};
constexpr std::array kSections = {
    Section{"keys", print_keys},       Section{"healing", print_healing},
    Section{"jump", print_jumps},      Section{"edits", print_edits},
    Section{"opening", print_opening}, Section{"reopening", print_reopening}};

Result<void> print(const std::string& model_path, std::string_view name,
                   const std::vector<std::string>& paths) {
  const auto section = std::ranges::find(kSections, name, &Section::name);
  if (section == kSections.end()) return failure(fmt::format("There is no section {}.", name));
  std::vector<SourceText> files;
  for (const std::string& path : paths) {
    auto file = SourceText::read(path);
    if (!file) return tl::unexpected(file.error());
    files.push_back(std::move(*file));
  }
  const auto model = Model::load(model_path);
  if (!model) return tl::unexpected(model.error());
  const auto backend = cpu::create_backend(**model);
  if (!backend) return tl::unexpected(backend.error());
  return section->print({**backend, files});
}

}  // namespace
}  // namespace nextline::figures

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: session_figures MODEL SECTION FILE…\n";
    return 2;
  }
  const auto done = nextline::figures::print(argv[1], argv[2], {argv + 3, argv + argc});
  if (!done) {
    std::cerr << done.error().message << "\n";
    return 1;
  }
  return 0;
}
