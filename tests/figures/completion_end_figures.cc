// What following a completion costs, and whether it ends where it should: blocks of files are taken
// out and said again, line by line. Figures to read, not a test.
//
//   completion_end_figures [--show] FILE...

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/completion/completion_end.h"
#include "lsp/syntax/document_syntax.h"
#include "lsp/syntax/lines.h"

namespace {

using nextline::lsp::CompletionEnd;
using nextline::lsp::DocumentSyntax;

/// Blocks of a file, at the most.
constexpr std::size_t kMostBlocks = 300;
/// Longer ones are not generated.
constexpr std::size_t kMostLines = 64;

/// Microseconds of this thread's processor time: what others do meanwhile does not count.
double now() {
  std::timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

void print(std::string_view what, std::vector<double> microseconds) {
  if (microseconds.empty()) return;
  std::ranges::sort(microseconds);
  const auto percentile = [&](double share) {
    return microseconds[static_cast<std::size_t>(share * double(microseconds.size() - 1))];
  };
  fmt::print("  {:<8} p50 {:>8.0f}   p95 {:>8.0f}   p99 {:>8.0f}   most {:>8.0f} us\n", what,
             percentile(0.5), percentile(0.95), percentile(0.99), microseconds.back());
}

/// Lines of a file that are indented deeper than the one before them.
struct Block {
  std::size_t first;  ///< The end of the line that opens it.
  std::size_t last;   ///< The end of its last line.
};

std::vector<Block> blocks_of(std::string_view text) {
  std::vector<Block> blocks;
  for (std::size_t line = 0; line < text.size(); line = nextline::lsp::next_line(text, line)) {
    const std::size_t end = nextline::lsp::line_end(text, line);
    const auto header = nextline::lsp::indentation(text.substr(line, end - line));
    if (!header || std::string_view("{:").find(text[end - 1]) == std::string_view::npos) continue;
    Block block{end, end};
    std::size_t lines = 0;
    for (std::size_t next = nextline::lsp::next_line(text, line); next < text.size();
         next = nextline::lsp::next_line(text, next)) {
      const std::size_t next_end = nextline::lsp::line_end(text, next);
      const auto columns = nextline::lsp::indentation(text.substr(next, next_end - next));
      if (columns && *columns <= *header) break;
      if (columns) block.last = next_end;
      if (columns) ++lines;
    }
    if (lines > 0 && lines < kMostLines) blocks.push_back(block);
  }
  return blocks;
}

struct Figures {
  std::vector<double> begin;
  std::vector<double> line;
  std::vector<double> finish;
  int blocks = 0;
  int opened = 0;
  int whole = 0;
};

/// Says the block, and what follows it, where it was taken out.
void say(const std::string& path, const std::string& text, const Block& block, bool show,
         Figures& figures) {
  const std::string without = text.substr(0, block.first) + text.substr(block.last);
  const DocumentSyntax syntax(path, without);
  double start = now();
  auto place = syntax.completion_at(without, {block.first, block.first});
  ++figures.blocks;
  if (!place.opened_block()) return;
  ++figures.opened;
  CompletionEnd end(std::move(place), {});
  figures.begin.push_back(now() - start);
  const std::string_view said = std::string_view(text).substr(block.first);
  std::size_t size = 0;
  for (bool goes_on = true; goes_on && size < said.size();) {
    // With a line end, and up to the first byte that is not blank behind it.
    size = std::min(said.find_first_not_of(" \t\r\n", nextline::lsp::next_line(said, size)),
                    said.size() - 1) +
           1;
    start = now();
    const auto ended = end.end_of(said.substr(0, size));
    figures.line.push_back(now() - start);
    goes_on = !ended;
    if (ended) size = *ended;
  }
  start = now();
  const auto finished = end.finish(said.substr(0, size));
  figures.finish.push_back(now() - start);
  if (finished.size == block.last - block.first) {
    ++figures.whole;
  } else if (show) {
    fmt::print("--- {}: the block\n{}\n--- became\n{}\n", path,
               said.substr(0, block.last - block.first), said.substr(0, finished.size));
  }
}

}  // namespace

int main(int argument_count, char** arguments) {
  bool show = false;
  for (int i = 1; i < argument_count; ++i) {
    const std::string path = arguments[i];
    if (path == "--show") {
      show = true;
      continue;
    }
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::vector<Block> blocks = blocks_of(text);
    Figures figures;
    const std::size_t step = 1 + blocks.size() / kMostBlocks;
    for (std::size_t b = 0; b < blocks.size(); b += step) {
      say(path, text, blocks[b], show, figures);
    }
    fmt::print("{}: {} lines, {} blocks, {} opened, {} of these come back whole\n", path,
               std::ranges::count(text, '\n'), figures.blocks, figures.opened, figures.whole);
    print("begin", figures.begin);
    print("line", figures.line);
    print("finish", figures.finish);
  }
  return 0;
}
