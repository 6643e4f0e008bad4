#include "server/bench/edit_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "engine/session/session.h"
#include "lsp/syntax/document_syntax.h"
#include "server/bench/measuring.h"
#include "server/bench/source_tokens.h"

namespace nextline::bench {
namespace {

/// What the source is, see `source_tokens`.
constexpr std::string_view kSourceName = "source.py";
/// Lines below the cursor.
constexpr std::size_t kLinesBehind = 64;
constexpr std::size_t kJumpedLines = 10;
/// Longer texts are not computed again behind the edit: it would take as long as the whole bench.
constexpr std::uint32_t kLongestForPrefix = 2048;
/// Of the slow modes.
constexpr std::uint32_t kFewRepetitions = 3;

struct Mode {
  std::string_view name;
  Reuse reuse;
  RepairOptions repair;
};
constexpr RepairOptions kMarkers{true, 0, 0, 0, 0, 0};
const Mode kRepair{"repair", Reuse::kPieces, {}};
const Mode kPie{"pie", Reuse::kPieces, kMarkers};
const Mode kEager{"eager", Reuse::kRotated, kMarkers};
const Mode kPrefix{"prefix", Reuse::kCommonPrefix, kMarkers};

/// One edit in bytes of the text that the one before left.
struct Edit {
  std::size_t offset;
  std::size_t removed;
  std::string inserted;
};

struct Sample {
  double milliseconds = 0;
  double splice_us = 0;
  std::uint32_t encoded = 0;
};

/// A text, where its lines begin, and the cursor.
class EditedSource {
 public:
  explicit EditedSource(std::string source) : text(std::move(source)) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (i == 0 || text[i - 1] == '\n') starts_.push_back(i);
    }
    const std::size_t behind = std::min(kLinesBehind, starts_.size() / 4);
    cursor = starts_[starts_.size() - 1 - behind];
  }

  /// The beginning of the line that `share` of the lines stand before.
  std::size_t line(double share) const {
    return starts_[static_cast<std::size_t>(share * static_cast<double>(starts_.size()))];
  }
  std::size_t line_length(std::size_t start) const { return text.find('\n', start) + 1 - start; }
  std::size_t lines_above(std::size_t lines) const {
    const auto line = std::lower_bound(starts_.begin(), starts_.end(), cursor) - starts_.begin();
    return starts_[static_cast<std::size_t>(line) - std::min<std::size_t>(line, lines)];
  }

  std::string text;
  std::size_t cursor;

 private:
  std::vector<std::size_t> starts_;
};

/// A session on that text, and what it takes to follow an edit.
class MeasuredSession {
 public:
  static Result<MeasuredSession> create(const BenchSetting& setting, const EditedSource& source,
                                        std::uint32_t context, const Mode& mode) {
    auto session = Session::create(setting.backend, {.context_length = context + context / 8 + 256,
                                                     .reuse = mode.reuse,
                                                     .repair = mode.repair});
    if (!session) return tl::unexpected(session.error());
    MeasuredSession measured(std::move(*session), source);
    if (auto done = measured.recompute(setting.stop); !done) return tl::unexpected(done.error());
    (void)measured.encoded();
    return measured;
  }

  Result<double> recompute(const std::stop_token& stop) {
    const Stopwatch watch;
    return finished(session_.recompute(stop)).map([&] { return watch.seconds() * 1000; });
  }

  /// Makes the edits, the cursor staying in its line, and computes the logits there. Afterwards the
  /// text is as it was, and computed.
  Result<Sample> measure(std::span<const Edit> edits, const std::stop_token& stop) {
    const std::string before = text_;
    const std::size_t cursor = cursor_;
    Sample sample;
    const Stopwatch watch;
    follow(edits, sample);
    if (auto done = encode(stop); !done) return tl::unexpected(done.error());
    sample.milliseconds = watch.seconds() * 1000;
    sample.encoded = encoded();
    const Replacement whole{0, text_.size(), 0, before.size()};
    cursor_ = cursor;
    take(before, std::span(&whole, 1));
    if (auto done = encode(stop); !done) return tl::unexpected(done.error());
    (void)encoded();
    return sample;
  }

  Result<Sample> measure_key(char key, const std::stop_token& stop) {
    Sample sample;
    const Edit edit{cursor_, 0, std::string(1, key)};
    const Stopwatch watch;
    follow(std::span(&edit, 1), sample);
    if (auto done = encode(stop); !done) return tl::unexpected(done.error());
    sample.milliseconds = watch.seconds() * 1000;
    sample.encoded = encoded();
    return sample;
  }

  Result<Sample> measure_jump(std::size_t cursor, const std::stop_token& stop) {
    Sample sample;
    cursor_ = cursor;
    const Stopwatch watch;
    session_.update(text_, {}, {cursor_, cursor_});
    sample.splice_us = session_.splice_us();
    if (auto done = encode(stop); !done) return tl::unexpected(done.error());
    sample.milliseconds = watch.seconds() * 1000;
    sample.encoded = encoded();
    return sample;
  }

  std::uint32_t prompt_tokens() const { return session_.prompt().size(); }

 private:
  MeasuredSession(Session session, const EditedSource& source)
      : session_(std::move(session)),
        syntax_(kSourceName, source.text),
        text_(source.text),
        cursor_(source.cursor) {
    session_.open(text_, {cursor_, cursor_});
  }

  static Result<void> finished(const Result<PassOutcome>& outcome) {
    if (!outcome) return tl::unexpected(outcome.error());
    if (*outcome == PassOutcome::kCancelled) return interrupted();
    return {};
  }

  Result<void> encode(const std::stop_token& stop) {
    return finished(session_.encode(kRowsPerPass, stop));
  }

  /// Prompt tokens computed since the last call.
  std::uint32_t encoded() {
    const std::uint32_t all = session_.encoded_tokens();
    return all - std::exchange(encoded_before_, all);
  }

  /// As the server follows an editor's changes: the cursor stays in its line.
  void follow(std::span<const Edit> edits, Sample& sample) {
    Replacements replacements;
    std::string text = text_;
    for (const Edit& edit : edits) {
      text.replace(edit.offset, edit.removed, edit.inserted);
      replacements.add(edit.offset, edit.removed, edit.inserted.size());
      if (edit.offset <= cursor_) cursor_ += edit.inserted.size() - edit.removed;
    }
    take(std::move(text), replacements.list());
    sample.splice_us = session_.splice_us();
  }

  void take(std::string text, std::span<const Replacement> replacements) {
    session_.update(text, replacements, {cursor_, cursor_});
    session_.mark_stale(syntax_.update(text_, text, replacements));
    text_ = std::move(text);
  }

  static constexpr std::uint32_t kRowsPerPass = 256;

  Session session_;
  lsp::DocumentSyntax syntax_;
  std::string text_;
  std::size_t cursor_;
  std::uint32_t encoded_before_ = 0;
};

std::vector<Edit> edits_of(std::string_view edit_case, const EditedSource& source,
                           std::uint32_t repetition) {
  const auto line = [&](const char* name) {
    return fmt::format("    {}_{} = {};\n", name, repetition, repetition * 7 + 1);
  };
  const std::size_t upper = source.line(0.2);
  const std::size_t middle = source.line(0.5);
  if (edit_case == "insert") return {{upper, 0, line("inserted")}};
  if (edit_case == "replace") return {{middle, source.line_length(middle), line("replaced")}};
  if (edit_case == "delete") return {{middle, source.line_length(middle), ""}};
  // From below, as editors send several changes.
  const std::size_t lower = source.line(0.65);
  return {{lower, 0, line("third")},
          {middle, source.line_length(middle), line("second")},
          {upper, 0, line("first")}};
}

BenchRow row_of(const BenchSetting& setting, std::string_view edit_case, std::string_view mode,
                std::uint32_t context, const std::vector<Sample>& samples, double full_ms) {
  std::vector<double> milliseconds;
  std::vector<double> splices;
  std::vector<double> encoded;
  for (const Sample& sample : samples) {
    milliseconds.push_back(sample.milliseconds);
    splices.push_back(sample.splice_us);
    encoded.push_back(sample.encoded);
  }
  BenchRow row;
  row.bench = "edit";
  row.subject = edit_case;
  row.model = setting.model;
  row.mode = mode;
  row.context = context;
  row.value = median(milliseconds);
  row.unit = "ms";
  row.of_full_prefill = row.value / full_ms;
  row.tokens_encoded = static_cast<std::uint32_t>(median(encoded));
  row.splice_us = median(splices);
  return row;
}

/// A line typed at the cursor and taken back.
Result<std::vector<Sample>> type_line(MeasuredSession& session, const std::stop_token& stop) {
  std::vector<Sample> samples;
  for (const char key : std::string_view("    total = compute(values, index) + offset;\n")) {
    auto sample = session.measure_key(key, stop);
    if (!sample) return tl::unexpected(sample.error());
    samples.push_back(*sample);
  }
  return samples;
}

Result<std::vector<Sample>> jump(MeasuredSession& session, const EditedSource& source,
                                 std::uint32_t repetitions, const std::stop_token& stop) {
  std::vector<Sample> samples;
  for (std::uint32_t i = 0; i < repetitions; ++i) {
    for (const std::size_t cursor : {source.lines_above(kJumpedLines), source.cursor}) {
      auto sample = session.measure_jump(cursor, stop);
      if (!sample) return tl::unexpected(sample.error());
      samples.push_back(*sample);
    }
  }
  return samples;
}

Result<void> measure_mode(const BenchSetting& setting, const EditedSource& source,
                          std::uint32_t context, const Mode& mode, double full_ms,
                          std::vector<BenchRow>& rows) {
  auto session = MeasuredSession::create(setting, source, context, mode);
  if (!session) return tl::unexpected(session.error());
  const bool is_slow = mode.reuse == Reuse::kCommonPrefix;
  const std::uint32_t repetitions =
      is_slow ? std::min(setting.repetitions, kFewRepetitions) : setting.repetitions;
  const auto add = [&](std::string_view edit_case, const std::vector<Sample>& samples) {
    rows.push_back(row_of(setting, edit_case, mode.name, context, samples, full_ms));
  };
  for (const std::string_view edit_case : {"insert", "replace", "delete", "multi"}) {
    std::vector<Sample> samples;
    for (std::uint32_t i = 0; i < repetitions; ++i) {
      auto sample = session->measure(edits_of(edit_case, source, i), setting.stop);
      if (!sample) return tl::unexpected(sample.error());
      samples.push_back(*sample);
    }
    add(edit_case, samples);
  }
  auto jumps = jump(*session, source, repetitions, setting.stop);
  if (!jumps) return tl::unexpected(jumps.error());
  add("jump", *jumps);
  if (is_slow) return {};
  auto keys = type_line(*session, setting.stop);
  if (!keys) return tl::unexpected(keys.error());
  add("keystroke_fim", *keys);
  return {};
}

}  // namespace

Result<std::vector<BenchRow>> bench_edit(const BenchSetting& setting) {
  const Model& model = setting.backend.model();
  std::vector<BenchRow> rows;
  for (const std::uint32_t context : contexts_of(setting, {1024, 2048, 4096, 8192})) {
    setting.begin(fmt::format("edit: {} tokens", context));
    // The sink is not text, nor are the markers.
    const std::vector<TokenId> tokens = source_tokens(model, context - 2);
    const EditedSource source(model.tokenizer().decode(std::span(tokens).subspan(1)) + "\n");

    auto full = MeasuredSession::create(setting, source, context, kPie);
    if (!full) return tl::unexpected(full.error());
    std::vector<Sample> samples;
    for (std::uint32_t i = 0; i < std::min(setting.repetitions, kFewRepetitions); ++i) {
      const auto milliseconds = full->recompute(setting.stop);
      if (!milliseconds) return tl::unexpected(milliseconds.error());
      samples.push_back({*milliseconds, 0, full->prompt_tokens()});
    }
    BenchRow& row = rows.emplace_back(row_of(setting, "insert", "full", context, samples, 1));
    row.of_full_prefill.reset();
    row.splice_us.reset();
    const double full_ms = row.value;

    for (const Mode& mode : {kRepair, kPie, kEager, kPrefix}) {
      if (mode.reuse == Reuse::kCommonPrefix && context > kLongestForPrefix) continue;
      if (auto done = measure_mode(setting, source, context, mode, full_ms, rows); !done) {
        return tl::unexpected(done.error());
      }
    }
  }
  return rows;
}

}  // namespace nextline::bench
