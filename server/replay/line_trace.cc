#include "server/replay/line_trace.h"

#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "lsp/workspace/line_hunks.h"
#include "lsp/workspace/repository.h"
#include "lsp/workspace/repository_text.h"
#include "server/replay/draw.h"
#include "server/replay/source_lines.h"

namespace nextline::replay {
namespace {

using Lines = std::set<std::string_view>;
using lsp::LineHunk;

/// The files at a commit; at the newest one if it is not said.
Result<std::map<std::string, std::string>> files_at(const std::filesystem::path& folder,
                                                    const std::string& commit) {
  std::map<std::string, std::string> files;
  lsp::TextRequest request;
  request.head = commit;
  request.limits.most_commits = 0;
  const auto read = lsp::read_texts(folder, request, [&](lsp::RepositoryText text) {
    if (text.kind == lsp::TextKind::kFile)
      files.emplace(std::move(text.path), std::move(text.text));
  });
  if (!read) return tl::unexpected(read.error());
  return files;
}

/// All lines of the texts, without blanks around them.
Lines lines_of(const std::map<std::string, std::string>& files) {
  Lines found;
  for (const auto& [path, text] : files) {
    const SourceLines lines(text);
    for (std::size_t i = 0; i < lines.count(); ++i) found.insert(lines.code(i));
  }
  return found;
}

/// Makes a file's change, from top to bottom. What has been made is the beginning of the new text,
/// so a line stands, or will stand, where it stands in that.
class TraceMaker {
 public:
  TraceMaker(std::string_view old_text, std::string_view new_text, const Lines& old_lines)
      : old_(old_text), new_(new_text), old_lines_(old_lines) {}

  /// The text in which all above a hunk is made.
  std::string text_before(const LineHunk& hunk) const {
    return std::string(new_.range(0, hunk.new_first)) +
           std::string(old_.range(hunk.old_first, old_.count()));
  }

  /// Makes a hunk, until so many lines are awaited.
  void make(const LineHunk& hunk, std::size_t most) {
    const std::string_view removed = old_.range(hunk.old_first, hunk.old_last);
    if (!removed.empty()) edits_.push_back({new_.begin(hunk.new_first), removed.size(), ""});
    for (std::size_t i = hunk.new_first; i < hunk.new_last && lines_.size() < most; ++i) {
      const std::string_view code = new_.code(i);
      if (!code.empty()) {
        lines_.push_back({std::exchange(edits_, {}), new_.begin(i), std::string(new_[i]),
                          !old_lines_.contains(code)});
      }
      edits_.push_back({new_.begin(i), 0, std::string(new_.with_end(i))});
    }
  }

  std::vector<TracedLine> take() { return std::move(lines_); }

 private:
  const SourceLines old_;
  const SourceLines new_;
  const Lines& old_lines_;
  std::vector<TextEdit> edits_;  // Since the last line that is awaited.
  std::vector<TracedLine> lines_;
};

}  // namespace

Result<Releases> read_releases(const std::filesystem::path& repository) {
  Releases releases;
  std::error_code error;
  releases.name = std::filesystem::weakly_canonical(repository, error).filename().string();
  const auto opened = lsp::Repository::open(repository, lsp::Repository::Search::kHere);
  if (!opened) return tl::unexpected(opened.error());
  const auto newest = opened->newest_commit();
  if (!newest) return tl::unexpected(newest.error());
  const git_oid* const before = git_commit_parent_id(newest->get(), 0);
  if (before == nullptr) return failure(repository.string() + " has one release only.");
  releases.old_commit = lsp::git_hash(*before);
  releases.new_time = git_commit_time(newest->get());
  auto old_files = files_at(repository, releases.old_commit);
  if (!old_files) return tl::unexpected(old_files.error());
  auto new_files = files_at(repository, "");
  if (!new_files) return tl::unexpected(new_files.error());
  releases.old_files = std::move(*old_files);
  releases.new_files = std::move(*new_files);
  return releases;
}

std::vector<LineTrace> line_traces(const Releases& releases, const TraceOptions& options) {
  const Lines old_lines = lines_of(releases.old_files);
  std::vector<LineTrace> traces;
  for (const auto& [path, old_text] : releases.old_files) {
    const auto language = language_of_file(path);
    const auto found = releases.new_files.find(path);
    if (!language || found == releases.new_files.end()) continue;
    const std::vector<LineHunk> hunks = lsp::line_hunks(old_text, found->second);
    if (hunks.empty()) continue;

    const std::string id = releases.name + "/" + path;
    Random random(seed_for(options.seed, id));
    const std::size_t first = random.below(hunks.size());
    TraceMaker maker(old_text, found->second, old_lines);
    for (std::size_t i = first; i < hunks.size(); ++i) maker.make(hunks[i], options.lines);
    std::vector<TracedLine> lines = maker.take();
    if (lines.empty()) continue;
    traces.push_back({id, *language, path, maker.text_before(hunks[first]), std::move(lines)});
  }
  Random random(seed_for(options.seed, releases.name));
  shuffle(traces, random);
  return traces;
}

}  // namespace nextline::replay
