// Many edits in one session.

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "lsp/syntax/document_syntax.h"
#include "tests/figures/setting.h"
#include "tests/support/random.h"

namespace nextline::figures {
namespace {

constexpr int kEdits = 1000;
constexpr int kEditsPerRow = 100;
/// The last edits of a row each leave a gap, and what is awaited there is compared.
constexpr int kProbesPerRow = 3;
constexpr std::size_t kTokens = 1500;

/// A text that somebody edits at random with lines of the rest of its file.
class EditedSource {
 public:
  EditedSource(const SourceText& file, const Tokenizer& tokenizer)
      : file_(file), text_(file.cut(tokenizer, 0, kTokens)), random_(3) {
    for (std::size_t i = 0; i < text_.line_count(); ++i) document_ += text_.line(i);
  }

  const std::string& text() const { return document_; }
  const std::string& text_before() const { return before_; }
  const Replacements& replacements() const { return replacements_; }
  Gap gap() const { return {cursor_, cursor_}; }

  /// A line inserted, deleted or replaced, or a word renamed, and the cursor behind it; or the
  /// cursor elsewhere.
  void edit() {
    begin();
    const SourceText lines(document_);
    const std::size_t index = random_.below(lines.line_count());
    const std::size_t start = lines.lines(0, index).size();
    const std::string& line = lines.line(index);
    switch (random_.below(5)) {
      case 0:
        return replace(start, 0, foreign_line());
      case 1:
        return replace(start, line.size(), "");
      case 2:
        return replace(start, line.size(), foreign_line());
      case 3: {
        const std::vector<Word> old = words(line);
        const std::vector<Word> other = words(foreign_);
        if (old.empty() || other.empty()) return replace(start, 0, foreign_line());
        const Word word = old[random_.below(old.size())];
        const Word by = other[random_.below(other.size())];
        return replace(start + word.offset, word.length, foreign_.substr(by.offset, by.length));
      }
      default:
        cursor_ = start + random_.below(line.size());
    }
  }

  /// A line deleted but for its indentation. Returns what is awaited there then.
  std::string open_gap() {
    begin();
    const SourceText lines(document_);
    std::size_t index = lines.line_count();
    while (index >= lines.line_count()) {
      index = lines.telling_line(random_.below(lines.line_count()));
    }
    const std::string& line = lines.line(index);
    const std::size_t blanks = indentation(line).size();
    replace(lines.lines(0, index).size() + blanks, line.size() - blanks - 1, "");
    return line.substr(blanks);
  }

 private:
  void begin() {
    replacements_.clear();
    before_ = document_;
  }

  std::string foreign_line() {
    const std::size_t first = text_.line_count() % file_.line_count();
    foreign_ = file_.line(first + random_.below(file_.line_count() - first));
    return foreign_;
  }

  void replace(std::size_t offset, std::size_t removed, const std::string& inserted) {
    document_.replace(offset, removed, inserted);
    replacements_.add(offset, removed, inserted.size());
    cursor_ = offset + inserted.size();
  }

  const SourceText& file_;
  SourceText text_;
  test::Random random_;
  std::string document_;
  std::string before_;  // The last edit.
  std::string foreign_;
  Replacements replacements_;
  std::size_t cursor_ = 0;
};

struct Row {
  std::vector<double> tokens;
  std::vector<double> milliseconds;
  std::vector<double> kl;
  std::vector<double> kl_of_one;  // Had everything been computed before the last edit.
  std::vector<double> full_ms;
};

/// A session that follows the text as the language server does.
struct FollowedSession {
  Session session;
  lsp::DocumentSyntax syntax;

  void update(const EditedSource& source) {
    const auto edits = source.replacements().list();
    session.update(source.text(), edits, source.gap());
    session.mark_stale(syntax.update(source.text_before(), source.text(), edits));
  }
};

Result<void> follow(FollowedSession& followed, const EditedSource& source, Row& row) {
  Session& session = followed.session;
  const std::uint32_t before = session.encoded_tokens();
  const Stopwatch watch;
  followed.update(source);
  if (auto done = session.encode(kRows); !done) return tl::unexpected(done.error());
  row.milliseconds.push_back(watch.milliseconds());
  row.tokens.push_back(session.encoded_tokens() - before);
  return {};
}

/// Compares a session with `one`, for which everything had been computed before the last edit, and
/// both with everything computed now, as it then is for `one`.
Result<void> compare(const Setting& setting, Session& session, FollowedSession& one,
                     const EditedSource& source, std::string_view awaited, Row& row) {
  const auto tokens = awaited_tokens(setting.backend, session, awaited);
  one.update(source);
  const auto after_one = one.session.score(tokens);
  const auto full = timed_recompute(one.session);
  const auto truth = one.session.score(tokens);
  const auto score = session.score(tokens);
  for (const auto* scores : {&after_one, &truth, &score}) {
    if (!*scores) return tl::unexpected(scores->error());
  }
  if (!full) return tl::unexpected(full.error());
  row.full_ms.push_back(*full);
  row.kl.push_back(mean_kl(*truth, *score));
  row.kl_of_one.push_back(mean_kl(*truth, *after_one));
  return {};
}

Result<FollowedSession> open(const Setting& setting, const EditedSource& source) {
  auto session = Session::create(setting.backend, {.context_length = 4096});
  if (!session) return tl::unexpected(session.error());
  session->open(source.text(), source.gap());
  return FollowedSession{std::move(*session), lsp::DocumentSyntax("source.py", source.text())};
}

void print(int edit, const Session& session, const Row& row) {
  const double full = median(row.full_ms);
  fmt::print("{:>6} {:>7} {:>7} {:>6} {:>7} {:>5} {:>10.4f} {:>9.4f} {:>8.4f} {:>8.4f} {:>8.4f}\n",
             edit, session.prompt().size(), session.sequence().pieces().size(),
             session.slots_in_use(), median(row.tokens), percentile(row.tokens, 0.9),
             median(row.milliseconds) / full, percentile(row.milliseconds, 0.9) / full,
             mean(row.kl), percentile(row.kl, 1), mean(row.kl_of_one));
  std::fflush(stdout);
}

Result<void> print_session(const Setting& setting, const SourceText& file) {
  EditedSource source(file, setting.backend.model().tokenizer());
  auto followed = open(setting, source);
  if (!followed) return tl::unexpected(followed.error());
  Session& session = followed->session;
  if (auto done = session.recompute(); !done) return tl::unexpected(done.error());

  fmt::print("{:>6} {:>7} {:>7} {:>6} {:>7} {:>5} {:>10} {:>9} {:>8} {:>8} {:>8}\n", "edits",
             "prompt", "pieces", "slots", "tokens", "p90", "time/full", "p90/full", "KL mean",
             "most", "of one");
  Row row;
  std::string awaited;
  std::optional<FollowedSession> fresh;
  for (int edit = 1; edit <= kEdits; ++edit) {
    const int of_row = (edit - 1) % kEditsPerRow;
    const bool is_probe = of_row >= kEditsPerRow - kProbesPerRow;
    if (is_probe) {
      // What the others lose is measured against this; the first opens it.
      if (of_row == kEditsPerRow - kProbesPerRow) {
        auto opened = open(setting, source);
        if (!opened) return tl::unexpected(opened.error());
        fresh.emplace(std::move(*opened));
        if (auto done = fresh->session.recompute(); !done) return tl::unexpected(done.error());
      }
      awaited = source.open_gap();
    } else {
      source.edit();
    }
    if (auto done = follow(*followed, source, row); !done) return done;
    if (!is_probe) continue;
    if (auto done = compare(setting, session, *fresh, source, awaited, row); !done) return done;
    if (of_row + 1 < kEditsPerRow) continue;
    print(edit, session, row);
    row = {};
  }
  while (!session.is_exact()) {
    if (auto done = session.refresh_some(kRows); !done) return tl::unexpected(done.error());
  }
  const auto tokens = awaited_tokens(setting.backend, session, awaited);
  const auto truth = fresh->session.score(tokens);
  const auto score = session.score(tokens);
  if (!truth) return tl::unexpected(truth.error());
  if (!score) return tl::unexpected(score.error());
  fmt::print("after a refresh, KL {}\n", mean_kl(*truth, *score));
  return {};
}

}  // namespace

Result<void> print_edits(const Setting& setting) {
  for (const SourceText& file : setting.files) {
    if (auto done = print_session(setting, file); !done) return done;
  }
  return {};
}

}  // namespace nextline::figures
