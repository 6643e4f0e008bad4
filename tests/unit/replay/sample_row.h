#pragma once

#include "server/replay/repobench_row.h"

namespace nextline::test {

/// A row in which every field says something: a file of Python whose fifth line is awaited.
inline replay::RepoBenchRow sample_row() {
  return {.repo_name = "shapes/shapes",
          .file_path = "shapes/area.py",
          .context = {{"Square", "shapes/square.py", "class Square:\n    side = 1"},
                      {"Circle", "shapes/circle.py", "class Circle:\n    radius = 1"}},
          .import_statement = "from shapes.square import Square\n",
          .cropped_code = "\ndef area(shape):\n    side = shape.side",
          .all_code =
              "from shapes.square import Square\n\ndef area(shape):\n    side = shape.side\n"
              "    return side * side\n\n\nprint(area(Square()))\n",
          .next_line = "    return side * side",
          .gold_snippet_index = 0,
          .level = "2k"};
}

}  // namespace nextline::test
