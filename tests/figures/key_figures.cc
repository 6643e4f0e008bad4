// A programmer types the next lines of real files.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tests/figures/setting.h"
#include "tests/support/random.h"

namespace nextline::figures {
namespace {

constexpr std::size_t kKeys = 1000;
constexpr std::size_t kLinesBehind = 64;
constexpr std::size_t kShortestFile = 1500;  // Tokens.
constexpr std::size_t kLongestFile = 2400;
/// Of the keys that are printed one by one.
constexpr std::size_t kDearest = 24;
/// One key in so many is a slip, taken back by the next key.
constexpr std::size_t kSlips = 25;

constexpr char kBackspace = '\b';

struct Sample {
  double tokens;
  double of_full;     // Its time; in milliseconds until the session's full prefill is known.
  std::string place;  // The line up to the key.
  std::string key;
  std::string computed;  // The text of the prefix tokens that were computed.
};

/// The keys that write `text`: a line break goes with the indentation behind it, as the editor puts
/// that in.
std::vector<std::string> keys_of(std::string_view text, test::Random& random) {
  std::vector<std::string> keys;
  while (!text.empty()) {
    std::size_t length = 1;
    if (text.front() == '\n') length += indentation(text.substr(1)).size();
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) {
      ++length;
    }
    if (random.below(kSlips) == 0) {
      keys.emplace_back(1, static_cast<char>('a' + random.below(26)));
      keys.emplace_back(1, kBackspace);
    }
    keys.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return keys;
}

class Typist {
 public:
  Typist(Session session, Document document)
      : session_(std::move(session)), document_(std::move(document)) {
    session_.open(document_.text(), document_.gap());
  }

  Session& session() { return session_; }

  Result<Sample> press(const Tokenizer& tokenizer, const std::string& key) {
    std::string line = document_.before.substr(document_.before.rfind('\n') + 1);
    Replacements replacements;
    if (key.front() == kBackspace) {
      document_.before.pop_back();
      replacements.add(document_.before.size(), 1, 0);
    } else {
      replacements.add(document_.before.size(), 0, key.size());
      document_.before += key;
    }
    const std::string text = document_.text();
    const std::uint32_t encoded_before = session_.encoded_tokens();
    const Stopwatch watch;
    session_.update(text, replacements.list(), document_.gap());
    std::vector<TokenId> missing;
    for (std::uint32_t i = 0; i < session_.prompt().size(); ++i) {
      if (!session_.prompt().holds(i) || session_.prompt().stale(i)) {
        missing.push_back(session_.prompt().tokens()[i]);
      }
    }
    if (auto done = session_.encode(kRows); !done) return tl::unexpected(done.error());
    return Sample{static_cast<double>(session_.encoded_tokens() - encoded_before),
                  watch.milliseconds(), std::move(line), key, tokenizer.decode(missing)};
  }

 private:
  Session session_;
  Document document_;
};

std::string visible(std::string_view text) {
  std::string shown;
  for (const char c : text) {
    if (c == '\n') {
      shown += "\\n";
    } else if (c == kBackspace) {
      shown += "\\b";
    } else {
      shown += c;
    }
  }
  return shown;
}

void print_row(std::string_view name, std::span<const Sample> samples) {
  std::vector<double> tokens;
  std::vector<double> of_full;
  for (const Sample& sample : samples) {
    tokens.push_back(sample.tokens);
    of_full.push_back(sample.of_full);
  }
  const auto nothing = static_cast<double>(std::ranges::count(tokens, 0.0));
  fmt::print("{:>8} {:>6} {:>8.2f} {:>6.2f} {:>7} {:>5} {:>5} {:>5} {:>10.4f} {:>8.4f} {:>8.4f}\n",
             name, tokens.size(), nothing / static_cast<double>(tokens.size()), mean(tokens),
             median(tokens), percentile(tokens, 0.9), percentile(tokens, 0.99),
             percentile(tokens, 1), median(of_full), mean(of_full), percentile(of_full, 0.99));
  std::fflush(stdout);
}

Result<void> type(const Setting& setting, const SourceText& source, std::size_t count,
                  test::Random& random, std::vector<Sample>& samples) {
  const Tokenizer& tokenizer = setting.backend.model().tokenizer();
  // Lines that `count` keys write, or a few more.
  std::size_t first = source.line_count() - std::min(source.line_count(), kLinesBehind);
  for (std::size_t written = 0; first > 1 && written < count;) {
    const std::string& line = source.line(--first);
    written += line.size() - indentation(line).size();
  }
  Document document{
      source.lines(0, first),
      fmt::format("\n{}", source.lines(source.line_count() - kLinesBehind, source.line_count()))};
  document.before.pop_back();
  auto session = Session::create(setting.backend, {.context_length = 4096});
  if (!session) return tl::unexpected(session.error());
  Typist typist(std::move(*session), document);
  const auto full = timed_recompute(typist.session());
  if (!full) return tl::unexpected(full.error());

  std::vector<std::string> keys =
      keys_of(fmt::format("\n{}", source.lines(first, source.line_count() - kLinesBehind)), random);
  keys.resize(std::min(keys.size(), count));
  const std::size_t samples_before = samples.size();
  for (const std::string& key : keys) {
    auto sample = typist.press(tokenizer, key);
    if (!sample) return tl::unexpected(sample.error());
    sample->of_full /= *full;
    samples.push_back(std::move(*sample));
  }
  print_row(std::to_string(typist.session().prompt().size()),
            std::span(samples).subspan(samples_before));
  return {};
}

}  // namespace

Result<void> print_keys(const Setting& setting) {
  fmt::print("{:>8} {:>6} {:>8} {:>6} {:>7} {:>5} {:>5} {:>5} {:>10} {:>8} {:>8}\n", "prompt",
             "keys", "nothing", "mean", "median", "p90", "p99", "most", "time/full", "mean", "p99");
  test::Random random(1);
  std::vector<Sample> samples;
  const std::size_t files = setting.files.size();
  for (std::size_t i = 0; i < files; ++i) {
    const std::size_t tokens =
        kShortestFile + (kLongestFile - kShortestFile) * i / std::max<std::size_t>(files - 1, 1);
    const SourceText source = setting.files[i].cut(setting.backend.model().tokenizer(), 0, tokens);
    if (auto done = type(setting, source, (kKeys + files - 1) / files, random, samples); !done) {
      return done;
    }
  }
  print_row("all", samples);
  std::ranges::stable_sort(samples, std::ranges::greater(), &Sample::tokens);
  fmt::print("\nThe dearest keys: tokens, line, key, what was computed\n");
  for (const Sample& sample : std::span(samples).first(std::min(kDearest, samples.size()))) {
    fmt::print("{:>4} \"{}\" + \"{}\": \"{}\"\n", sample.tokens, visible(sample.place),
               visible(sample.key), visible(sample.computed));
  }
  return {};
}

}  // namespace nextline::figures
