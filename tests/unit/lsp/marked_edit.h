#pragma once

#include <string>
#include <string_view>

#include "engine/session/replacement.h"

namespace nextline::lsp {

/// A text with edits marked in it, [-like this-][+or this+]: what it was before, what it is after.
struct MarkedEdit {
  explicit MarkedEdit(std::string_view marked) {
    enum { kKept, kRemoved, kInserted } part = kKept;
    while (!marked.empty()) {
      const std::string_view mark = marked.substr(0, 2);
      if (mark == "[-" || mark == "[+") {
        part = mark == "[-" ? kRemoved : kInserted;
        marked.remove_prefix(2);
      } else if (mark == "-]" || mark == "+]") {
        part = kKept;
        marked.remove_prefix(2);
      } else {
        if (part == kRemoved) edits.add(after.size(), 1, 0);
        if (part == kInserted) edits.add(after.size(), 0, 1);
        if (part != kInserted) before += marked.front();
        if (part != kRemoved) after += marked.front();
        marked.remove_prefix(1);
      }
    }
  }

  std::string before;
  std::string after;
  Replacements edits;
};

}  // namespace nextline::lsp
