// The cursor jumps to where a line is missing.

#include <fmt/format.h>

#include <array>
#include <map>
#include <utility>

#include "tests/figures/setting.h"

namespace nextline::figures {
namespace {

/// Lines of text besides those that are passed.
constexpr std::size_t kLinesAround = 40;
constexpr std::array<std::size_t, 2> kDistances = {10, 200};
constexpr std::array<std::uint32_t, 3> kRefreshed = {0, 32, 128};

struct Case {
  std::size_t distance;
  bool is_down;
  std::uint32_t refreshed;
  auto operator<=>(const Case&) const = default;
};

struct Samples {
  std::vector<double> prompt;
  std::vector<double> tokens;
  std::vector<double> of_full;
  std::vector<double> kl;
};

/// A text in which two lines are missing but for their indentation.
struct Place {
  std::string text;
  std::array<std::size_t, 2> cursors;  // The upper one first.
  std::array<std::string, 2> awaited;
};

std::optional<Place> place_in(const SourceText& file, std::size_t distance) {
  const std::size_t count = distance + kLinesAround;
  if (file.line_count() < count) return std::nullopt;
  const std::size_t first = (file.line_count() - count) / 2;
  const std::size_t upper = file.telling_line(first + kLinesAround / 2);
  const std::size_t lower = file.telling_line(upper + distance);
  if (lower >= file.line_count()) return std::nullopt;
  Place place;
  place.text = file.lines(first, upper);
  const auto add_hole = [&](std::size_t index, std::size_t which) {
    const std::string& line = file.line(index);
    const std::string_view blanks = indentation(line);
    place.text += blanks;
    place.cursors[which] = place.text.size();
    place.text += '\n';
    place.awaited[which] = line.substr(blanks.size());
  };
  add_hole(upper, 0);
  place.text += file.lines(upper + 1, lower);
  add_hole(lower, 1);
  place.text += file.lines(lower + 1, lower + kLinesAround / 2);
  return place;
}

/// Down and up again, each time from a cache that is computed in full.
Result<void> jump(const Setting& setting, const Place& place, std::size_t distance,
                  std::map<Case, Samples>& samples) {
  std::vector<Session> sessions;
  for (const std::uint32_t refreshed : kRefreshed) {
    auto session = Session::create(
        setting.backend,
        {.context_length = 6144, .repair = {.before_gap = refreshed, .budget = refreshed}});
    if (!session) return tl::unexpected(session.error());
    session->open(place.text, {place.cursors[0], place.cursors[0]});
    if (auto done = session->recompute(); !done) return tl::unexpected(done.error());
    sessions.push_back(std::move(*session));
  }
  for (const std::size_t to : {1U, 0U}) {
    std::array<std::vector<std::vector<float>>, kRefreshed.size()> scores;
    std::array<double, kRefreshed.size()> milliseconds{};
    std::array<std::uint32_t, kRefreshed.size()> tokens{};
    for (std::size_t i = 0; i < sessions.size(); ++i) {
      const std::uint32_t before = sessions[i].encoded_tokens();
      const Stopwatch watch;
      sessions[i].update(place.text, {}, {place.cursors[to], place.cursors[to]});
      if (auto done = sessions[i].encode(kRows); !done) return tl::unexpected(done.error());
      milliseconds[i] = watch.milliseconds();
      tokens[i] = sessions[i].encoded_tokens() - before;
      auto score =
          sessions[i].score(awaited_tokens(setting.backend, sessions[i], place.awaited[to]));
      if (!score) return tl::unexpected(score.error());
      scores[i] = std::move(*score);
    }
    const auto full = timed_recompute(sessions[0]);
    if (!full) return tl::unexpected(full.error());
    const auto truth =
        sessions[0].score(awaited_tokens(setting.backend, sessions[0], place.awaited[to]));
    if (!truth) return tl::unexpected(truth.error());
    for (std::size_t i = 0; i < sessions.size(); ++i) {
      Samples& s = samples[{distance, to == 1, kRefreshed[i]}];
      s.prompt.push_back(sessions[i].prompt().size());
      s.tokens.push_back(tokens[i]);
      s.of_full.push_back(milliseconds[i] / *full);
      s.kl.push_back(mean_kl(*truth, scores[i]));
    }
    if (to == 0) break;
    for (std::size_t i = 1; i < sessions.size(); ++i) {
      if (auto done = sessions[i].recompute(); !done) return tl::unexpected(done.error());
    }
  }
  return {};
}

}  // namespace

Result<void> print_jumps(const Setting& setting) {
  std::map<Case, Samples> samples;
  for (const SourceText& file : setting.files) {
    for (const std::size_t distance : kDistances) {
      const auto place = place_in(file, distance);
      if (!place) continue;
      if (auto done = jump(setting, *place, distance, samples); !done) return done;
    }
  }
  fmt::print("{:>6} {:>5} {:>10} {:>7} {:>7} {:>7} {:>5} {:>12} {:>8} {:>8} {:>8}\n", "lines", "",
             "refreshed", "places", "prompt", "tokens", "most", "time/full", "KL mean", "median",
             "most");
  for (const auto& [c, s] : samples) {
    fmt::print("{:>6} {:>5} {:>10} {:>7} {:>7} {:>7} {:>5} {:>12.4f} {:>8.4f} {:>8.4f} {:>8.4f}\n",
               c.distance, c.is_down ? "down" : "up", c.refreshed, s.kl.size(), median(s.prompt),
               median(s.tokens), percentile(s.tokens, 1), median(s.of_full), mean(s.kl),
               median(s.kl), percentile(s.kl, 1));
  }
  return {};
}

}  // namespace nextline::figures
