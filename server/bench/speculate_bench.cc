#include "server/bench/speculate_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "engine/speculate/segment_writer.h"
#include "engine/speculate/suffix_array.h"
#include "engine/speculate/suffix_drafter.h"
#include "server/bench/generated_code.h"
#include "server/bench/measuring.h"
#include "server/replay/draw.h"
#include "server/replay/source_tree.h"

namespace nextline::bench {
namespace {

constexpr std::size_t kSegments = 4;
constexpr std::size_t kHistoryTokens = 1'000'000;
constexpr std::size_t kBufferTokens = 200'000;
constexpr std::size_t kHeldOutTokens = 100'000;
constexpr std::size_t kAllTokens = kHistoryTokens + kBufferTokens + kHeldOutTokens;

// In a repetition. A draft takes longer than a lookup.
constexpr std::size_t kLookups = 100'000;
constexpr std::size_t kDrafts = 20'000;
constexpr std::uint32_t kDraftTokens = 16;

constexpr std::uint64_t kSeed = 1;

using Text = std::vector<TokenId>;

std::size_t token_count(std::span<const Text> texts) {
  std::size_t count = 0;
  for (const Text& text : texts) count += text.size();
  return count;
}

std::vector<Text> generated_texts(const Tokenizer& tokenizer) {
  GeneratedCode code(kSeed);
  std::vector<Text> texts;
  for (std::size_t tokens = 0; tokens < kAllTokens; tokens += texts.back().size()) {
    texts.push_back(tokenizer.encode(code.next_document()));
  }
  return texts;
}

/// The folder's files, in an order drawn by chance, so that what is held out is of the same kind.
Result<std::vector<Text>> texts_of(const std::filesystem::path& folder,
                                   const Tokenizer& tokenizer) {
  const auto tree = replay::SourceTree::read(folder);
  if (!tree) return tl::unexpected(tree.error());
  std::vector<const replay::SourceFile*> files;
  for (const replay::SourceFile& file : tree->files()) files.push_back(&file);
  replay::Random random(kSeed);
  replay::shuffle(files, random);
  std::vector<Text> texts;
  std::size_t tokens = 0;
  for (const replay::SourceFile* file : files) {
    if (tokens >= kAllTokens) break;
    texts.push_back(tokenizer.encode(file->text));
    tokens += texts.back().size();
  }
  return texts;
}

/// Texts to be searched, and others to look up.
struct Material {
  std::array<std::vector<Text>, kSegments> history;
  std::vector<Text> buffers;
  std::vector<Text> held_out;
};

/// Deals texts out in their order, to each its share of the tokens.
Result<Material> dealt(std::vector<Text> texts) {
  const double all = static_cast<double>(token_count(texts)) / kAllTokens;
  const auto share = [all](std::size_t tokens) {
    return static_cast<std::size_t>(all * static_cast<double>(tokens));
  };
  Material material;
  auto next = texts.begin();
  const auto deal = [&](std::vector<Text>& to, std::size_t tokens) {
    for (std::size_t dealt = 0; dealt < tokens && next != texts.end(); ++next) {
      dealt += next->size();
      if (!next->empty()) to.push_back(std::move(*next));
    }
  };
  deal(material.held_out, share(kHeldOutTokens));
  deal(material.buffers, share(kBufferTokens));
  for (auto& segment : material.history) deal(segment, share(kHistoryTokens / kSegments));
  if (material.history.back().empty()) {
    return failure("There is too little code in the folder to look anything up in it.");
  }
  return material;
}

/// A segment, and its file in memory.
struct BuiltSegment {
  std::vector<DocumentRecord> bytes;  // Aligned as its records must be.
  std::shared_ptr<const HistorySegment> segment;
};

std::vector<HistoryDocument> documents_of(std::span<const Text> texts) {
  static constexpr std::array<std::string_view, 4> kPaths = {"src/a.py", "src/b.py", "lib/c.py",
                                                             "tests/d.py"};
  std::vector<HistoryDocument> documents;
  for (const Text& text : texts) {
    documents.push_back({.tokens = text, .path = kPaths[documents.size() % kPaths.size()]});
  }
  return documents;
}

Result<BuiltSegment> built(std::span<const Text> texts, const Tokenizer& tokenizer) {
  const SegmentTokenizer identity{1, static_cast<std::uint32_t>(tokenizer.vocabulary_size())};
  const auto encoded = encode_segment(identity, documents_of(texts), "The history");
  if (!encoded) return tl::unexpected(encoded.error());
  BuiltSegment result;
  result.bytes.resize(encoded->size() / sizeof(DocumentRecord) + 1);
  const auto file = std::as_writable_bytes(std::span(result.bytes)).first(encoded->size());
  auto end = std::ranges::copy(std::as_bytes(std::span(&encoded->header, 1)), file.begin()).out;
  for (const auto& section : encoded->sections().bytes()) {
    end = std::ranges::copy(section, end).out;
  }
  auto segment = HistorySegment::parse(file, "of the bench", identity);
  if (!segment) return tl::unexpected(segment.error());
  result.segment = std::make_shared<const HistorySegment>(std::move(*segment));
  return result;
}

/// What a history's documents are searched by, one after the other, but sorted only.
void sort_suffixes(std::span<const std::vector<Text>> history) {
  std::vector<std::int32_t> text;
  std::int32_t separator = kDocumentSeparator;
  for (const auto& texts : history) {
    for (const Text& tokens : texts) {
      text.insert(text.end(), tokens.begin(), tokens.end());
      text.push_back(separator--);
    }
  }
  common_prefixes(text, suffix_array(text));
}

/// Both ends of what calls took, in microseconds: the median, and what one in a hundred exceeds.
struct Latency {
  double p50;
  double p99;
};

/// Contexts that end anywhere in some texts.
class Contexts {
 public:
  explicit Contexts(std::span<const Text> texts) : texts_(texts), random_(kSeed) {
    for (const Text& text : texts)
      ends_.push_back((ends_.empty() ? 0 : ends_.back()) + text.size());
  }

  std::span<const TokenId> next() {
    const std::size_t place = random_.below(ends_.back());
    const auto found = std::ranges::upper_bound(ends_, place);
    const Text& text = texts_[static_cast<std::size_t>(found - ends_.begin())];
    const std::size_t behind = *found - place - 1;
    const auto before = std::span(text).first(text.size() - behind);
    return before.last(std::min<std::size_t>(before.size(), kDraftContext));
  }

 private:
  std::span<const Text> texts_;
  std::vector<std::size_t> ends_;
  replay::Random random_;
};

/// Times calls with so many contexts one by one.
template <typename Call>
Latency latency_of(Contexts& contexts, std::size_t count, Call call) {
  std::vector<double> microseconds;
  microseconds.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::span<const TokenId> context = contexts.next();
    const Stopwatch watch;
    call(context);
    microseconds.push_back(1e6 * watch.seconds());
  }
  return {percentile(microseconds, 0.5), percentile(microseconds, 0.99)};
}

/// Measures all cases in turns, repetition by repetition.
class Measurement {
 public:
  Measurement(const BenchSetting& setting, const Material& material)
      : setting_(setting), material_(material), contexts_(material.held_out) {}

  Result<std::vector<BenchRow>> rows() {
    for (std::uint32_t i = 0; i < setting_.repetitions; ++i) {
      if (auto done = repeat(); !done) return tl::unexpected(done.error());
      if (setting_.stop.stop_requested()) return interrupted();
    }
    std::vector<BenchRow> rows;
    for (const Figure& figure : figures_) {
      BenchRow& row = rows.emplace_back();
      row.bench = "speculate";
      row.subject = figure.subject;
      row.model = setting_.model;
      row.value = median(figure.samples);
      row.unit = figure.unit;
    }
    return rows;
  }

 private:
  struct Figure {
    std::string subject;
    std::string unit;
    std::vector<double> samples;
  };

  void add(const std::string& subject, const std::string& unit, double sample) {
    auto figure = std::ranges::find(figures_, subject, &Figure::subject);
    if (figure == figures_.end()) figure = figures_.insert(figure, {subject, unit, {}});
    figure->samples.push_back(sample);
  }

  template <typename Call>
  void add_latency(const std::string& subject, std::size_t count, Call call) {
    const Latency latency = latency_of(contexts_, count, call);
    add(subject + "_p50", "us", latency.p50);
    add(subject + "_p99", "us", latency.p99);
  }

  Result<void> repeat() {
    auto done = build();
    if (done && !setting_.stop.stop_requested()) look_up();
    return done;
  }

  Result<void> build() {
    const Stopwatch appending;
    tree_ = SuffixTree();
    for (const Text& text : material_.buffers) {
      tree_.append(tree_.add_document(SuffixTree::Kind::kOpen), text);
    }
    add("tree_append", "token/s", static_cast<double>(tree_.size()) / appending.seconds());
    add("tree_bytes", "bytes/token",
        static_cast<double>(tree_.bytes()) / static_cast<double>(tree_.size()));

    std::size_t tokens = 0;
    for (const auto& texts : material_.history) tokens += token_count(texts);
    const Stopwatch sorting;
    sort_suffixes(material_.history);
    add("suffix_array", "token/s", static_cast<double>(tokens) / sorting.seconds());

    segments_.clear();
    std::uint64_t bytes = 0;
    const Stopwatch building;
    for (const auto& texts : material_.history) {
      auto segment = built(texts, setting_.backend.model().tokenizer());
      if (!segment) return tl::unexpected(segment.error());
      bytes += segment->segment->bytes();
      segments_.push_back(std::move(*segment));
    }
    add("index_build", "token/s", static_cast<double>(tokens) / building.seconds());
    add("index_bytes", "bytes/token", static_cast<double>(bytes) / static_cast<double>(tokens));
    return {};
  }

  void look_up() {
    const auto in_tree = [this](std::span<const TokenId> context) {
      tree_.longest_suffix(context);
    };
    const auto in_index = [this](std::span<const TokenId> context) {
      for (const BuiltSegment& built : segments_) built.segment->longest_suffix(context);
    };
    add_latency("tree_lookup", kLookups, in_tree);
    add_latency("index_lookup", kLookups, in_index);
    add_latency("lookup", kLookups, [&](std::span<const TokenId> context) {
      in_tree(context);
      in_index(context);
    });
    SuffixDrafter::Segments segments;
    for (const BuiltSegment& built : segments_) segments.push_back(built.segment);
    DraftPolicy policy;
    SuffixDrafter drafter(policy, &tree_, std::move(segments));
    drafter.set_place({.path = "src/a.py"});
    std::vector<DraftToken> tree;
    add_latency("draft", kDrafts, [&](std::span<const TokenId> context) {
      tree.assign(1, {context.back(), std::nullopt});
      drafter.draft(context, kDraftTokens, tree);
    });
  }

  const BenchSetting& setting_;
  const Material& material_;
  Contexts contexts_;
  SuffixTree tree_;
  std::vector<BuiltSegment> segments_;
  std::vector<Figure> figures_;
};

}  // namespace

Result<std::vector<BenchRow>> bench_speculate(const BenchSetting& setting) {
  setting.begin("speculate: a million tokens of history, 200,000 in buffers");
  const Tokenizer& tokenizer = setting.backend.model().tokenizer();
  auto texts = setting.source ? texts_of(*setting.source, tokenizer) : generated_texts(tokenizer);
  if (!texts) return tl::unexpected(texts.error());
  const auto material = dealt(std::move(*texts));
  if (!material) return tl::unexpected(material.error());
  return Measurement(setting, *material).rows();
}

}  // namespace nextline::bench
