#include "server/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "lsp/settings/setting.h"
#include "lsp/settings/settings_options.h"
#include "server/configuration/configurable_options.h"
#include "server/serve_options.h"

namespace nextline::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

Configuration file(std::string_view text) {
  Configuration configuration{"c.toml", true};
  auto parsed = parse_toml(text);
  if (parsed) {
    configuration.says = std::move(*parsed);
  } else {
    configuration.add({parsed.error()});
  }
  return configuration;
}

CommandLine parse(std::vector<const char*> arguments, Configuration configuration = {}) {
  arguments.insert(arguments.begin(), "nextline");
  const auto parsed = parse_command_line(static_cast<int>(arguments.size()), arguments.data(),
                                         std::move(configuration));
  if (const auto* const none = std::get_if<NoCommand>(&parsed)) {
    ADD_FAILURE() << none->message;
    return {};
  }
  return std::get<CommandLine>(parsed);
}

const ServeArguments& served(const CommandLine& command_line) {
  return std::get<ServeArguments>(command_line.command);
}

/// The example in the documentation, which says all there is.
std::string documented() {
  std::ifstream stream(NEXTLINE_DOCS "/configuration.md");
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const std::size_t begin = text.find("```toml\n") + 8;
  return text.substr(begin, text.find("```", begin) - begin);
}

TEST(CommandLine, HoldsOverTheFileAndTheFileOverWhatIsBuiltIn) {
  const Configuration says = file(
      "model = \"m\"\nthreads = 4\n[cache]\ncache_memory = 512\nsnapshots = false\n"
      "[refresh]\nrefresh_pause = 900\n");
  const CommandLine both =
      parse({"serve", "--stdio", "--threads", "2", "--cache-memory", "64"}, says);
  EXPECT_THAT(both.configuration.problems, IsEmpty());
  EXPECT_EQ(both.options.model, "m");
  EXPECT_EQ(both.options.threads, 2U);
  EXPECT_EQ(served(both).engine.cache_bytes, std::size_t{64} << 20);
  EXPECT_FALSE(served(both).keeps_snapshots);
  EXPECT_EQ(served(both).refresh.pause.count(), 900);
  EXPECT_EQ(served(both).refresh.threads, 1U);
}

TEST(CommandLine, TakesMemoryOfADeviceInMegabytes) {
  EXPECT_EQ(parse({"doctor", "--device-memory", "3"}).options.device_memory, 3U << 20);
  EXPECT_EQ(parse({"doctor"}, file("device_memory = 5\n")).options.device_memory, 5U << 20);
  EXPECT_EQ(parse({"doctor"}).options.device_memory, 0U);
}

TEST(CommandLine, KnowsWhoAskedForAnOption) {
  const CommandLine both =
      parse({"doctor", "--threads", "2"}, file("isa = \"avx2\"\nthreads = 4\n"));
  EXPECT_EQ(both.options.asked_for("isa"), "asked for in the configuration file");
  EXPECT_EQ(both.options.asked_for("threads"), "asked for with --threads");
}

TEST(CommandLine, PinsTheSettingsThatItSays) {
  const CommandLine said = parse({"serve", "--stdio", "--max-tokens", "3", "--no-context"},
                                 file("[settings]\nmaxTokens = 5\ncandidates = 7\n"));
  EXPECT_EQ(served(said).completion.max_tokens, 3U);
  EXPECT_EQ(served(said).completion.candidates, 7U);
  EXPECT_THAT(served(said).pinned,
              testing::UnorderedElementsAre(Pair("maxTokens", "--max-tokens"),
                                            Pair("context.enabled", "--no-context")));
  EXPECT_THAT(served(parse({"serve", "--stdio"})).pinned, IsEmpty());
}

TEST(CommandLine, HasTheFilesSettingsForDefaults) {
  const CommandLine said =
      parse({"serve", "--stdio"}, file("[settings]\nignore = [\"*.sql\"]\nlanguages.go = false\n"));
  const lsp::Settings settings = lsp::settings_of(served(said).completion);
  EXPECT_THAT(settings.ignore, ElementsAre("*.sql"));
  EXPECT_THAT(settings.languages, ElementsAre(Pair("go", false)));
  EXPECT_EQ(settings.least_confidence,
            lsp::settings_of(served(parse({"serve", "--stdio"})).completion).least_confidence);
}

TEST(CommandLine, TakesNothingOfAFileThatIsWrong) {
  const CommandLine said =
      parse({"serve", "--stdio"}, file("thread = 4\nmodel = \"m\"\n[refresh]\nrefresh = \"maybe\"\n"
                                       "[settings]\nmaxTokens = 0\ncandidates = 2\n"));
  EXPECT_THAT(said.configuration.problems,
              ElementsAre("c.toml:1:1: There is no option 'thread'. Did you mean 'threads'?",
                          "c.toml:4:11: refresh: must be on or off, not 'maybe'.",
                          "c.toml:6:13: The setting 'nextline.maxTokens' must be a whole number "
                          "from 1 to 1024."));
  EXPECT_EQ(said.options.model, "");
  EXPECT_EQ(served(said).completion.candidates, 3U);
}

TEST(CommandLine, SaysWhoReadsWhichFile) {
  EXPECT_TRUE(parse({"serve", "--stdio"}).reads_configuration);
  EXPECT_FALSE(parse({"serve", "--stdio"}).named_configuration);
  EXPECT_EQ(parse({"doctor", "--config", "a.toml"}).named_configuration, "a.toml");
  EXPECT_FALSE(parse({"models", "list"}).reads_configuration);
}

TEST(Documentation, HasAnExampleOfAFileThatIsRight) {
  EXPECT_THAT(parse({"serve", "--stdio"}, file(documented())).configuration.problems, IsEmpty());
}

TEST(Documentation, HasEveryOptionAndEverySettingInItsExample) {
  const auto example = parse_toml(documented());
  ASSERT_TRUE(example);
  std::set<std::string> said;  // "cache.cache_memory", "settings.context.tokens"
  const auto collect = [&](const auto& self, const TomlTable& table,
                           const std::string& at) -> void {
    for (const TomlEntry& entry : table) {
      said.insert(at + entry.key);
      const auto* const within = std::get_if<TomlTable>(&entry.value.value);
      if (within) self(self, *within, at + entry.key + ".");
    }
  };
  collect(collect, *example, "");
  ServeArguments arguments;
  GlobalOptions options;
  CLI::App app;
  add_global_options(app, options);
  const ConfigurableOptions configurable({&app, add_serve(app, arguments)});
  EXPECT_THAT(configurable.all(), SizeIs(testing::Ge(20U)));
  for (const ConfigurableOption& option : configurable.all()) {
    const std::string name = (option.table.empty() ? "" : option.table + ".") + option.key;
    EXPECT_TRUE(said.contains(name)) << name;
  }
  for (const lsp::Setting& setting : lsp::all_settings()) {
    EXPECT_TRUE(said.contains("settings." + std::string(setting.name))) << setting.name;
  }
}

TEST(Documentation, SaysTheDefaultsOfSettings) {
  const CommandLine said = parse({"serve", "--stdio"}, file(documented()));
  lsp::Settings settings = lsp::settings_of(served(said).completion);
  EXPECT_THAT(settings.languages, SizeIs(2));
  settings.languages.clear();
  EXPECT_EQ(settings, lsp::settings_of(served(parse({"serve", "--stdio"})).completion));
}

}  // namespace
}  // namespace nextline::server
