#include <algorithm>
#include <cstddef>
#include <utility>

#include "engine/speculate/segment_writer.h"
#include "engine/speculate/suffix_drafter.h"
#include "tests/peers/drafting/peer.h"
#include "tests/peers/drafting/simulation.h"

namespace nextline::peers {
namespace {

constexpr std::size_t kSegments = 4;
/// Of what stood before generated text, so much is kept with it.
constexpr std::size_t kLeadIn = 16;

/// A segment whose file lies in memory.
class BuiltSegment {
 public:
  static Result<std::shared_ptr<const HistorySegment>> build(
      std::span<const HistoryDocument> documents) {
    const SegmentTokenizer tokenizer{1, 1U << 20};
    const auto encoded = encode_segment(tokenizer, documents, "The history");
    if (!encoded) return tl::unexpected(encoded.error());
    auto built = std::make_shared<BuiltSegment>();
    built->file_.resize(encoded->size() / sizeof(DocumentRecord) + 1);
    const auto file = std::as_writable_bytes(std::span(built->file_)).first(encoded->size());
    auto end = std::ranges::copy(std::as_bytes(std::span(&encoded->header, 1)), file.begin()).out;
    for (const auto& section : encoded->sections().bytes()) {
      end = std::ranges::copy(section, end).out;
    }
    auto segment = HistorySegment::parse(file, "of the trace", tokenizer);
    if (!segment) return tl::unexpected(segment.error());
    built->segment_.emplace(std::move(*segment));
    const HistorySegment* const view = &*built->segment_;
    return std::shared_ptr<const HistorySegment>(std::move(built), view);
  }

 private:
  std::vector<DocumentRecord> file_;  // Aligned as its records must be.
  std::optional<HistorySegment> segment_;
};

Result<SuffixDrafter::Segments> segments_of(std::span<const TraceDocument> documents) {
  std::vector<HistoryDocument> views;
  for (const TraceDocument& document : documents) {
    views.push_back(
        {document.tokens, document.path, document.time, document.language, document.kind});
  }
  SuffixDrafter::Segments segments;
  for (std::size_t i = 0; i < kSegments; ++i) {
    const std::size_t first = views.size() * i / kSegments;
    const std::size_t end = views.size() * (i + 1) / kSegments;
    if (first == end) continue;
    auto segment = BuiltSegment::build(std::span(views).subspan(first, end - first));
    if (!segment) return tl::unexpected(segment.error());
    segments.push_back(std::move(*segment));
  }
  return segments;
}

/// As the product keeps things: the open document, parted at the cursor, and what was generated
/// before are buffers; the history lies in segments.
class NextlinePeer final : public Peer {
 public:
  NextlinePeer(bool has_buffers, SuffixDrafter::Segments segments, std::int64_t now, Sizing sizing)
      : policy_(sizing == Sizing::kOwn ? measured_cost() : constant_cost()),
        drafter_(policy_, has_buffers ? &buffers_ : nullptr, std::move(segments)),
        now_(now) {}

  void open(const TraceRow& row) override {
    before_ = buffers_.add_document(SuffixTree::Kind::kOpen);
    behind_ = buffers_.add_document(SuffixTree::Kind::kOpen);
    buffers_.append(behind_, row.behind);
    buffers_.append(before_, row.before);
    said_.assign(
        row.before.end() - static_cast<std::ptrdiff_t>(std::min(kLeadIn, row.before.size())),
        row.before.end());
    drafter_.set_place({before_, row.path, row.language, now_});
  }
  void draft(std::span<const TokenId> context, std::uint32_t most_tokens,
             std::vector<DraftToken>& tree) override {
    drafter_.draft(context, most_tokens, tree);
  }
  void learn(const DraftOutcome& outcome) override { drafter_.learn(outcome); }
  void accept(std::span<const TokenId> tokens) override {
    buffers_.append(before_, tokens);
    said_.insert(said_.end(), tokens.begin(), tokens.end());
  }
  void close() override {
    buffers_.remove(before_);
    buffers_.remove(behind_);
    buffers_.append(buffers_.add_document(SuffixTree::Kind::kEvictable), said_);
  }

 private:
  SuffixTree buffers_;
  DraftPolicy policy_;
  SuffixDrafter drafter_;
  std::int64_t now_;
  DocumentId before_ = 0;
  DocumentId behind_ = 0;
  std::vector<TokenId> said_;
};

PeerKind kind(std::string name, bool has_buffers, bool has_history) {
  return {std::move(name),
          [=](std::span<const TraceDocument> documents,
              Sizing sizing) -> Result<std::unique_ptr<Peer>> {
            auto segments = segments_of(has_history ? documents : documents.first(0));
            if (!segments) return tl::unexpected(segments.error());
            std::int64_t now = 0;
            for (const TraceDocument& document : documents) now = std::max(now, document.time);
            return std::make_unique<NextlinePeer>(has_buffers, std::move(*segments), now, sizing);
          }};
}

}  // namespace

std::vector<PeerKind> nextline_kinds() {
  return {kind("nextline", true, true), kind("nextline, buffers", true, false),
          kind("nextline, history", false, true)};
}

}  // namespace nextline::peers
