// One line that the awaited line refers to has changed: what is lost, by what is computed again.

#include <fmt/format.h>

#include <array>
#include <optional>
#include <set>
#include <utility>

#include "lsp/syntax/document_syntax.h"
#include "tests/figures/semantic_row.h"
#include "tests/figures/setting.h"

namespace nextline::figures {
namespace {

constexpr std::size_t kRowsPerFile = 4;

struct Mode {
  std::string_view name;
  RepairOptions repair;
};

constexpr std::uint32_t kAll = 1U << 20;

// Markers, rest of the line, before the gap, behind the edit, lines naming symbols, budget.
const std::array kModes = {
    Mode{"changed tokens, last token", RepairOptions::none()},
    Mode{"and markers", {true, 0, 0, 0, 0, kAll}},
    Mode{"and the rest of the line (PIE)", {true, 16, 0, 0, 0, kAll}},
    Mode{"… last 32", {true, 16, 32, 0, 0, kAll}},
    Mode{"… last 64", {true, 16, 64, 0, 0, kAll}},
    Mode{"… last 128", {true, 16, 128, 0, 0, kAll}},
    Mode{"… names", {true, 16, 0, 0, kAll, kAll}},
    Mode{"… behind 32", {true, 16, 0, 32, 0, kAll}},
    Mode{"… behind 64", {true, 16, 0, 64, 0, kAll}},
    Mode{"… last 32, names", {true, 16, 32, 0, kAll, kAll}},
    Mode{"… last 32, behind 32", {true, 16, 32, 32, 0, kAll}},
    Mode{"… last 16, behind 48, names 32", {true, 16, 16, 48, 32, kAll}},
    Mode{"… last 32, behind 64, names 64", {true, 16, 32, 64, 64, kAll}},
    Mode{"… last 64, behind 32", {true, 16, 64, 32, 0, kAll}},
    Mode{"… last 64, behind 128", {true, 16, 64, 128, 0, kAll}},
    Mode{"default", {}},
};
/// The mode that others are compared with.
constexpr std::size_t kPie = 2;

using Scores = std::vector<std::vector<float>>;

struct Measured {
  std::vector<double> encoded;
  std::vector<double> kl;
  std::vector<double> same;
};

/// A line as the session would complete it, and the logits before each token of the awaited one.
struct Answer {
  Scores scores;
  std::string line;
  double encoded = 0;
};

class RowMeasurement {
 public:
  RowMeasurement(Backend& backend, const SemanticRow& row) : backend_(backend), row_(row) {}

  Result<Session> session(const RepairOptions& repair) const {
    return Session::create(backend_, {.context_length = 4096, .repair = repair});
  }

  /// The session's answer at the row's gap, in its new text.
  Result<Answer> answer(Session& session) const {
    Answer answer;
    if (auto done = session.encode(kRows); !done) return tl::unexpected(done.error());
    answer.encoded = session.encoded_tokens();
    auto scores = session.score(awaited_tokens(backend_, session, row_.awaited));
    if (!scores) return tl::unexpected(scores.error());
    answer.scores = std::move(*scores);
    auto completion = session.complete({});
    if (!completion) return tl::unexpected(completion.error());
    answer.line = completion->text;
    return answer;
  }

  Result<Answer> full() const {
    auto fresh = session({});
    if (!fresh) return tl::unexpected(fresh.error());
    fresh->open(row_.after, row_.gap_after);
    if (auto done = fresh->recompute(); !done) return tl::unexpected(done.error());
    return answer(*fresh);
  }

  /// Computes the text before the edit, for the modes to begin with.
  Result<void> prepare() {
    auto old = session({});
    if (!old) return tl::unexpected(old.error());
    old->open(row_.before, row_.gap_before);
    if (auto done = old->recompute(); !done) return tl::unexpected(done.error());
    before_ = old->snapshot();
    auto ignored = answer(*old);
    if (!ignored) return tl::unexpected(ignored.error());
    ignored_ = std::move(*ignored);
    ignored_.encoded = 0;
    return {};
  }
  const Answer& ignored() const { return ignored_; }

  Result<Answer> repaired(const RepairOptions& repair) const {
    auto edited = session(repair);
    if (!edited) return tl::unexpected(edited.error());
    edited->open(row_.before, row_.gap_before, before_);
    lsp::DocumentSyntax syntax("row.py", row_.before);
    edited->update(row_.after, row_.edit.list(), row_.gap_after);
    edited->mark_stale(syntax.update(row_.before, row_.after, row_.edit.list()));
    return answer(*edited);
  }

 private:
  Backend& backend_;
  const SemanticRow& row_;
  Snapshot before_;
  Answer ignored_;
};

void add(Measured& measured, const Answer& truth, const Answer& answer) {
  measured.encoded.push_back(answer.encoded);
  measured.kl.push_back(mean_kl(truth.scores, answer.scores));
  measured.same.push_back(answer.line == truth.line ? 1 : 0);
}

void print(std::string_view name, const Measured& measured, double pie) {
  fmt::print("{:<34} {:>5} {:>8.0f} {:>8.4f} {:>8.4f} {:>7.2f} {:>6.0f} %\n", name,
             measured.kl.size(), mean(measured.encoded), mean(measured.kl), median(measured.kl),
             mean(measured.kl) / pie, 100 * mean(measured.same));
}

}  // namespace

Result<void> print_repairs(const Setting& setting) {
  Measured full;
  Measured ignored;
  std::array<Measured, kModes.size()> measured;
  test::Random random(6);
  for (const SourceText& file : setting.files) {
    for (std::size_t i = 0; i < kRowsPerFile; ++i) {
      const auto row = SemanticRow::in(file, setting.backend.model().tokenizer(), random);
      if (!row) continue;
      RowMeasurement measurement(setting.backend, *row);
      const auto truth = measurement.full();
      if (!truth) return tl::unexpected(truth.error());
      if (auto done = measurement.prepare(); !done) return done;
      add(full, *truth, *truth);
      add(ignored, *truth, measurement.ignored());
      for (std::size_t mode = 0; mode < kModes.size(); ++mode) {
        const auto answer = measurement.repaired(kModes[mode].repair);
        if (!answer) return tl::unexpected(answer.error());
        add(measured[mode], *truth, *answer);
      }
      fmt::print(stderr, "ignored {:.4f}, PIE {:.4f}, default {:.4f}: {}\n", ignored.kl.back(),
                 measured[kPie].kl.back(), measured.back().kl.back(), row->awaited);
    }
  }
  const double pie = mean(measured[kPie].kl);
  fmt::print("{:<34} {:>5} {:>8} {:>8} {:>8} {:>7} {:>8}\n", "cache", "rows", "encoded", "KL mean",
             "median", "of PIE", "same");
  print("full recompute", full, pie);
  print("edit ignored", ignored, pie);
  for (std::size_t mode = 0; mode < kModes.size(); ++mode) {
    print(kModes[mode].name, measured[mode], pie);
  }
  return {};
}

}  // namespace nextline::figures
