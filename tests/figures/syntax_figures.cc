// What a key costs in the syntax of a file: following it with the tree, and finding what it made
// stale. Figures to read, not a test.
//
//   syntax_figures FILE...

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "lsp/syntax/document_syntax.h"
#include "lsp/syntax/syntax_tree.h"
#include "tests/support/random.h"

namespace {

using nextline::Replacement;
using nextline::lsp::DocumentSyntax;
using nextline::lsp::Grammar;
using nextline::lsp::SyntaxTree;

constexpr int kPlaces = 300;
constexpr std::string_view kTyped = "value = 1";

/// Microseconds of this thread's processor time: what others do meanwhile does not count.
double now() {
  std::timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

void print(std::string_view what, std::vector<double> microseconds) {
  std::ranges::sort(microseconds);
  const auto percentile = [&](double share) {
    return microseconds[static_cast<std::size_t>(share * double(microseconds.size() - 1))];
  };
  fmt::print("  {:<8} p50 {:>8.0f}   p95 {:>8.0f}   p99 {:>8.0f}   most {:>8.0f} us\n", what,
             percentile(0.5), percentile(0.95), percentile(0.99), microseconds.back());
}

/// Types a few words at random places, key by key, and takes them back.
class Typist {
 public:
  Typist(const Grammar& grammar, const std::string& path, const std::string& text)
      : text_(text), tree_(grammar, text), syntax_(path, text) {}

  void type_everywhere() {
    for (int place = 0; place < kPlaces; ++place) {
      std::size_t cursor = random_.below(text_.size() + 1);
      // Half of the places are ends of lines, where most is typed.
      if (place % 2 == 0) cursor = std::min(text_.find('\n', cursor), text_.size());
      for (const char c : kTyped) key(cursor++, 0, std::string(1, c));
      for (std::size_t i = kTyped.size(); i > 0; --i) key(--cursor, 1, "");
    }
  }

  void print_figures() const {
    print("parse", parse_);
    print("spans", spans_);
    print("both", both_);
  }

 private:
  void key(std::size_t offset, std::size_t removed, const std::string& inserted) {
    const std::string before = text_;
    text_.replace(offset, removed, inserted);
    const Replacement edit{offset, offset + removed, offset, offset + inserted.size()};

    double start = now();
    tree_.update(before, text_, {&edit, 1});
    parse_.push_back(now() - start);

    start = now();
    (void)syntax_.update(before, text_, {&edit, 1});
    both_.push_back(now() - start);
    spans_.push_back(std::max(0.0, both_.back() - parse_.back()));
  }

  std::string text_;
  SyntaxTree tree_;
  DocumentSyntax syntax_;  // Has a tree of its own: what both cost less the one is the spans.
  nextline::test::Random random_{1};
  std::vector<double> parse_;
  std::vector<double> spans_;
  std::vector<double> both_;
};

bool print_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const Grammar* const grammar = Grammar::of_file(path);
  if (!file || !grammar) {
    fmt::print(stderr, "The file {} could not be read, or its language is not known.\n", path);
    return false;
  }
  const double start = now();
  const SyntaxTree whole(*grammar, text, ~std::uint64_t{0});
  fmt::print("{}: {} lines, {} bytes, parsed in {:.1f} ms\n", path, std::ranges::count(text, '\n'),
             text.size(), (now() - start) / 1000);
  Typist typist(*grammar, path, text);
  typist.type_everywhere();
  typist.print_figures();
  return true;
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count < 2) {
    fmt::print(stderr, "usage: syntax_figures FILE...\n");
    return 2;
  }
  return std::all_of(arguments + 1, arguments + argument_count, print_file) ? EXIT_SUCCESS
                                                                            : EXIT_FAILURE;
}
