#include "server/bench/generated_code.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace nextline::bench {
namespace {

constexpr std::array<std::string_view, 40> kNouns = {
    "value",   "name",    "path",    "item",    "key",      "user",   "request", "response",
    "config",  "session", "record",  "token",   "line",     "file",   "message", "order",
    "node",    "error",   "result",  "account", "customer", "image",  "queue",   "field",
    "column",  "table",   "batch",   "event",   "client",   "buffer", "header",  "invoice",
    "payload", "schema",  "section", "ticket",  "worker",   "folder", "filter",  "version"};
constexpr std::array<std::string_view, 20> kVerbs = {
    "get",   "load", "parse", "find",   "update", "add",    "remove", "check", "build", "create",
    "write", "read", "merge", "render", "sort",   "handle", "split",  "count", "send",  "format"};
constexpr std::array<std::string_view, 8> kEndings = {"",      "s",      "_id",   "_name",
                                                      "_type", "_count", "_list", "_size"};

/// In a line: $v a local name, $n a name of the file, $f a verb, $d a number, $w any noun.
constexpr std::array<std::string_view, 36> kStatements = {
    "$v = self.$n",
    "return $v",
    "if $v is None:",
    "    return None",
    "self.$n = $v",
    "$v = $v.$n",
    "for $v in self.$n:",
    "    $v.append($v)",
    "if not $v:",
    "    raise ValueError(f\"no $w in {$v}\")",
    "$v = $f_$n($v)",
    "$v = $v.get(\"$n\")",
    "$v = []",
    "if isinstance($v, $w):",
    "return self.$f_$n($v, $v)",
    "try:",
    "    $v = self.$f_$n($v)",
    "except KeyError:",
    "    continue",
    "logger.debug(\"$f $n %s\", $v)",
    "$v = {\"$n\": $v, \"$n\": $d}",
    "with open($v, \"rb\") as $v:",
    "    $v = $v.read()",
    "else:",
    "    $v = None",
    "assert len($v) == $d",
    "$v = [$v for $v in $v if $v.$n]",
    "if $v.$n > $d:",
    "yield $v, $v.$n",
    "$v += $d",
    "$v, $v = $v.$f($d)",
    "self.$n[$v] = $f_$n($v, $w=$v)",
    "return $v[$d:$d]",
    "    break",
    "$v = max($v, key=lambda $w: $w.$n)",
    "raise NotImplementedError(\"$f $n of $w $d\")"};
constexpr std::array<std::string_view, 6> kHeads = {
    "def $f_$n(self, $v):", "def $f_$n($v, $v=None):",    "def $f_$n(self):", "@property",
    "class $w_$f:",         "def __init__(self, $v, $v):"};
constexpr std::array<std::string_view, 5> kImports = {"import $n", "from .$n import $f_$n",
                                                      "import logging", "from typing import Any",
                                                      "from ..$w import $n"};

}  // namespace

std::string GeneratedCode::next_document() {
  Lines document;
  if (files_.size() < 8 || random_.below(3) == 0) {
    document = new_file();
    files_.push_back(document);
  } else {
    // A change of a newer file, usually: some lines of a part of it are others.
    Lines& file = files_[files_.size() - 1 - skewed(files_.size())];
    const std::size_t first = random_.below(file.size());
    const std::size_t count = std::min<std::size_t>(4 + skewed(60), file.size() - first);
    const auto begin = file.begin() + static_cast<std::ptrdiff_t>(first);
    for (std::size_t i = random_.below(4) + 1; i > 0; --i) {
      std::string& line = begin[static_cast<std::ptrdiff_t>(random_.below(count))];
      line = "        " + line_of(kStatements[skewed(kStatements.size())]);
    }
    document.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
  }
  std::string text;
  for (const std::string& line : document) text += line + "\n";
  return text;
}

GeneratedCode::Lines GeneratedCode::new_file() {
  names_.clear();
  for (int i = 0; i < 10; ++i) names_.push_back(name());
  local_names_ = names_;
  Lines file;
  for (std::size_t i = random_.below(6) + 1; i > 0; --i) {
    file.push_back(line_of(kImports[random_.below(kImports.size())]));
  }
  for (std::size_t i = skewed(20) + 1; i > 0; --i) add_function(file);
  return file;
}

void GeneratedCode::add_function(Lines& file) {
  local_names_.clear();
  for (int i = 0; i < 5; ++i) local_names_.push_back(name());
  file.emplace_back();
  const std::string head = line_of(kHeads[skewed(kHeads.size())]);
  if (!files_.empty() && random_.below(4) == 0) {
    // Much is written after the model of something else.
    const Lines& other = files_[random_.below(files_.size())];
    const std::size_t first = random_.below(other.size());
    const std::size_t count = std::min<std::size_t>(2 + random_.below(12), other.size() - first);
    const auto begin = other.begin() + static_cast<std::ptrdiff_t>(first);
    file.insert(file.end(), begin, begin + static_cast<std::ptrdiff_t>(count));
  }
  file.push_back("    " + head);
  for (std::size_t i = random_.below(12) + 2; i > 0; --i) {
    file.push_back("        " + line_of(kStatements[skewed(kStatements.size())]));
  }
}

std::string GeneratedCode::line_of(std::string_view pattern) {
  std::string line;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '$') {
      line += pattern[i];
      continue;
    }
    switch (pattern[++i]) {
      case 'v':
        line += local_names_[skewed(local_names_.size())];
        break;
      case 'n':
        line += names_[skewed(names_.size())];
        break;
      case 'f':
        line += kVerbs[skewed(kVerbs.size())];
        break;
      case 'd':
        line += std::to_string(skewed(1000));
        break;
      default:
        line += kNouns[skewed(kNouns.size())];
    }
  }
  return line;
}

std::string GeneratedCode::name() {
  const std::string_view noun = kNouns[skewed(kNouns.size())];
  const std::string_view ending = kEndings[skewed(kEndings.size())];
  if (random_.below(3) == 0) {
    return fmt::format("{}_{}{}", kNouns[random_.below(kNouns.size())], noun, ending);
  }
  return fmt::format("{}{}", noun, ending);
}

std::size_t GeneratedCode::skewed(std::size_t bound) {
  return random_.below(random_.below(bound) + 1);
}

}  // namespace nextline::bench
