#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/json.hpp>
#include <boost/system/system_error.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

#include "server/answer.h"
#include "server/bench_command.h"
#include "server/command_line.h"
#include "server/complete_command.h"
#include "server/doctor_command.h"
#include "server/heap.h"
#include "server/index_command.h"
#include "server/interrupt.h"
#include "server/json_text.h"
#include "server/models_command.h"
#include "server/remote/remote_server.h"
#include "server/replay_command.h"
#include "server/serve_command.h"

namespace nextline::server {
namespace {

enum ExitStatus : int { kSuccess = 0, kFailure = 1, kWrongUsage = 2 };

/// The log goes to standard error; standard output is for answers.
void start_log(bool verbose) {
  auto log = spdlog::stderr_color_mt("nextline");
  log->set_pattern("%n: %^%v%$");
  log->set_level(verbose ? spdlog::level::debug : spdlog::level::info);
  spdlog::set_default_logger(std::move(log));
}

/// Writes to standard output; false if it does not arrive (a full disk, a closed pipe).
bool print(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return std::fflush(stdout) == 0 && written;
}

bool print_json(const boost::json::object& object) { return print(to_json_text(object) + "\n"); }

int report_failure(const std::string& message, bool json, ExitStatus status) {
  spdlog::error("{}", message);
  if (json) print_json({{"error", message}});
  return status;
}

/// What is wrong in a file is wrong usage, as it is on the command line.
int report_problems(const std::vector<std::string>& problems, bool json) {
  std::string all;
  for (const std::string& problem : problems) {
    spdlog::error("{}", problem);
    all += (all.empty() ? "" : "\n") + problem;
  }
  if (json) print_json({{"error", all}});
  return kWrongUsage;
}

/// A server elsewhere that cannot be asked as it is named is wrong usage as well.
Result<void> look_at_remote(const CommandLine& command_line) {
  const auto* const serve = std::get_if<ServeArguments>(&command_line.command);
  if (serve == nullptr || serve->remote == remote::RemoteOptions()) return {};
  return remote::remote_server(serve->remote, &std::getenv).map([](const auto&) {});
}

/// `words`: what was typed behind the program's name.
Result<Answer> run(const CommandLine& command_line, const std::vector<std::string>& words,
                   std::stop_token stop) {
  struct Visitor {
    const GlobalOptions& options;
    const std::vector<std::string>& words;
    std::stop_token stop;
    Result<Answer> operator()(const CompleteArguments& a) const {
      return complete(a, options, stop);
    }
    Result<Answer> operator()(const ServeArguments& a) const {
      return serve(a, options, words, stop);
    }
    Result<Answer> operator()(const BenchArguments& a) const { return measure(a, options, stop); }
    Result<Answer> operator()(const ReplayArguments& a) const { return replay(a, options, stop); }
    Result<Answer> operator()(const IndexArguments& a) const { return index(a, options, stop); }
    Result<Answer> operator()(const ModelsArguments& a) const { return manage_models(a, stop); }
    Result<Answer> operator()(const ReferenceArguments& a) const {
      Answer answer;
      answer.text = a.text;
      return answer;
    }
    Result<Answer> operator()(const DoctorArguments&) const {
      return examine(options, configuration);
    }
    const Configuration& configuration;
  };
  return std::visit(
      Visitor{command_line.options, words, std::move(stop), command_line.configuration},
      command_line.command);
}

int finish(const Result<Answer>& answer, bool json) {
  if (!answer) {
    if (!answer.error().cause.empty()) spdlog::debug("{}", answer.error().cause);
    return report_failure(answer.error().message, json, kFailure);
  }
  const bool has_object = json && !answer->json.empty();
  if (!(has_object ? print_json(answer->json) : print(answer->text))) {
    return report_failure("The answer could not be written to standard output.", false, kFailure);
  }
  if (!json) std::fputs(answer->remark.c_str(), stderr);
  return answer->success ? kSuccess : kFailure;
}

int run_process(int argc, const char* const* argv) {
  keep_heap_small();
  std::signal(SIGPIPE, SIG_IGN);  // A closed pipe is an error of the write that met it.
  const auto parsed = read_command_line(argc, argv);
  if (const auto* none = std::get_if<NoCommand>(&parsed)) {
    if (none->asked_for) return print(none->message) ? kSuccess : kFailure;
    start_log(false);
    return report_failure(none->message + ". 'nextline --help' shows the usage.", none->json,
                          kWrongUsage);
  }
  const auto& command_line = std::get<CommandLine>(parsed);
  start_log(command_line.options.verbose);
  const bool serves = std::holds_alternative<ServeArguments>(command_line.command);
  if (const auto& problems = command_line.configuration.problems; serves && !problems.empty()) {
    return report_problems(problems, command_line.options.json);
  }
  if (const auto usable = look_at_remote(command_line); !usable) {
    return report_failure(usable.error().message, command_line.options.json, kWrongUsage);
  }
  const Interrupt interrupt;
  return finish(run(command_line, {argv + 1, argv + argc}, interrupt.token()),
                command_line.options.json);
}

}  // namespace
}  // namespace nextline::server

int main(int argc, char** argv) {
  try {
    return nextline::server::run_process(argc, argv);
  } catch (const std::bad_alloc&) {
    std::fputs("nextline: There is not enough memory.\n", stderr);
  } catch (const std::system_error& refusal) {
    // A thread that cannot be started, a descriptor that cannot be had: what everything rests on.
    std::fprintf(stderr, "nextline: The system refuses what is needed: %s.\n",
                 refusal.code().message().c_str());
  } catch (const boost::system::system_error& refusal) {
    std::fprintf(stderr, "nextline: The system refuses what is needed: %s.\n",
                 refusal.code().message().c_str());
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "nextline: This should not have happened: %s.\n", fault.what());
  } catch (...) {
    std::fputs("nextline: This should not have happened.\n", stderr);
  }
  return 1;
}
