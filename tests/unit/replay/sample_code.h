#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "server/replay/edit_case.h"
#include "server/replay/source_lines.h"

namespace nextline::replay {

/// A file in which definitions stand far above their uses.
inline constexpr std::string_view kPythonSample =
    "\"\"\"Measures shapes.\"\"\"\n"
    "import math\n"
    "from shapes.base import Shape, Point\n"
    "\n"
    "PRECISION = 3\n"
    "limits = Limits(2)\n"
    "\n"
    "def round_off(number, digits):\n"
    "    return round(number, digits)\n"
    "\n"
    "# What has corners.\n"
    "class Polygon(Shape):\n"
    "    def __init__(self, corners, color='red'):\n"
    "        self.corners = corners\n"
    "        self.color = color\n"
    "\n"
    "    def edges(self):\n"
    "        \"\"\"The pairs\n"
    "        of corners.\"\"\"\n"
    "        first = self.corners[:-1]\n"
    "        second = self.corners[1:]\n"
    "        return list(zip(first, second))\n"
    "\n"
    "    def lengths(self):\n"
    "        found = []\n"
    "        for start, end in self.edges():\n"
    "            found.append(math.dist(start, end))\n"
    "        return found\n"
    "\n"
    "def describe(polygon):\n"
    "    lengths = polygon.lengths()\n"
    "    total = sum(lengths)\n"
    "    text = f'{total} in {polygon.color}'\n"
    "    if limits.exceeded(total):\n"
    "        raise ValueError(text)\n"
    "    return round_off(total, PRECISION)\n"
    "\n"
    "square = Polygon([Point(0, 0), Point(0, 1)], 'blue')\n"
    "print(describe(square))\n";

inline constexpr std::string_view kJavaSample =
    "package org.shapes;\n"
    "\n"
    "import java.util.List;\n"
    "import org.units.Length;\n"
    "\n"
    "/** What has corners. */\n"
    "public class Polygon {\n"
    "  private final List<Point> corners;\n"
    "  private Length tolerance = Length.of(3);\n"
    "\n"
    "  Polygon(List<Point> corners, int color) {\n"
    "    this.corners = corners;\n"
    "  }\n"
    "\n"
    "  double scale(double size, int factor) {\n"
    "    return size * factor;\n"
    "  }\n"
    "\n"
    "  double perimeter() {\n"
    "    double sum = 0;\n"
    "    for (int i = 1; i < count(); i++) {\n"
    "      sum += between(i - 1, i);\n"
    "    }\n"
    "    return sum;\n"
    "  }\n"
    "\n"
    "  boolean isClosed() {\n"
    "    double gap = between(0, count() - 1);\n"
    "    String text = \"gap\";\n"
    "    return tolerance.exceeds(gap);\n"
    "  }\n"
    "\n"
    "  double half() {\n"
    "    double whole = perimeter();\n"
    "    return scale(whole, 2);\n"
    "  }\n"
    "}\n";

/// The text of a language's sample.
inline std::string_view sample(Language language) {
  return language == Language::kPython ? kPythonSample : kJavaSample;
}

/// A text in which a line is awaited, by its number from 0.
inline Document document_at(Language language, std::string_view text, std::size_t line) {
  const SourceLines lines(text);
  std::string rest(text);
  rest.erase(lines.begin(line), lines[line].size());
  return {language, "shapes/polygon", rest, lines.begin(line), std::string(lines[line])};
}

/// A sample in which the line is awaited that has this code.
inline Document document_awaiting(Language language, std::string_view code) {
  const SourceLines lines(sample(language));
  for (std::size_t i = 0; i < lines.count(); ++i) {
    if (lines.code(i) == code) return document_at(language, sample(language), i);
  }
  throw std::logic_error("The sample has no such line.");
}

}  // namespace nextline::replay
