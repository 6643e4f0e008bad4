#include "server/replay/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <iterator>
#include <string_view>
#include <vector>

namespace nextline::replay {
namespace {

constexpr double kWidth = 420;  // Of a field, in pixels.
constexpr double kHeight = 320;
constexpr double kLeft = 70;  // Beside each field, for its axis.
constexpr double kTop = 60;
constexpr double kLegendLine = 20;
constexpr std::array<std::string_view, 8> kColours = {"#1b6ca8", "#d1495b", "#2e933c", "#edae49",
                                                      "#6f4e9c", "#00798c", "#8d5524", "#555555"};

/// Values on a line of pixels.
struct Scale {
  double lowest, highest;
  bool is_logarithmic;
  std::vector<double> ticks;

  /// 0 … 1; what is outside stands at the edge.
  double place(double value) const {
    const auto at = [&](double v) { return is_logarithmic ? std::log10(std::max(v, lowest)) : v; };
    return std::clamp((at(value) - at(lowest)) / (at(highest) - at(lowest)), 0.0, 1.0);
  }
};

Scale logarithmic(double lowest, double highest) {
  Scale scale{lowest, highest, true, {}};
  for (double tick = lowest; tick < highest * 1.5; tick *= 10) scale.ticks.push_back(tick);
  return scale;
}

Scale linear(double lowest, double highest) {
  constexpr int kTicks = 5;
  Scale scale{lowest, highest, false, {}};
  for (int i = 0; i <= kTicks; ++i) {
    scale.ticks.push_back(lowest + (highest - lowest) * i / kTicks);
  }
  return scale;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else {
      out += c;
    }
  }
  return out;
}

/// One field: its axes, and a mark with an interval for each point.
class Field {
 public:
  Field(std::string& svg, double left, Scale x, Scale y)
      : svg_(svg), left_(left), x_(std::move(x)), y_(std::move(y)) {}

  void draw_axes(std::string_view title, std::string_view unit_of_y) {
    text(left_, kTop - 12, "start", title);
    add(R"(<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="none" stroke="#999"/>)",
        left_, kTop, kWidth, kHeight);
    for (const double tick : x_.ticks) {
      const double x = across(tick);
      add(R"(<line x1="{0:.1f}" y1="{1:.1f}" x2="{0:.1f}" y2="{2:.1f}" stroke="#ddd"/>)", x, kTop,
          kTop + kHeight);
      text(x, kTop + kHeight + 18, "middle", fmt::format("{:g} %", 100 * tick));
    }
    for (const double tick : y_.ticks) {
      const double y = down(tick);
      add(R"(<line x1="{0:.1f}" y1="{1:.1f}" x2="{2:.1f}" y2="{1:.1f}" stroke="#ddd"/>)", left_, y,
          left_ + kWidth);
      text(left_ - 6, y + 4, "end", fmt::format("{:g}{}", tick, unit_of_y));
    }
    text(left_ + kWidth / 2, kTop + kHeight + 38, "middle",
         "tokens computed, of those of a full recomputation");
  }

  void draw_point(double x_value, const PlottedValue& value, std::string_view colour) {
    const double x = across(x_value);
    add(R"(<line x1="{0:.1f}" y1="{1:.1f}" x2="{0:.1f}" y2="{2:.1f}" stroke="{3}"/>)", x,
        down(value.low), down(value.high), colour);
    add(R"(<circle cx="{:.1f}" cy="{:.1f}" r="4" fill="{}"/>)", x, down(value.middle), colour);
  }

  template <typename... Arguments>
  void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(svg_), format, std::forward<Arguments>(arguments)...);
    svg_ += '\n';
  }
  void text(double x, double y, std::string_view anchor, std::string_view what) {
    add(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>)", x, y, anchor, escaped(what));
  }

 private:
  double across(double value) const { return left_ + kWidth * x_.place(value); }
  double down(double value) const { return kTop + kHeight * (1 - y_.place(value)); }

  std::string& svg_;
  double left_;
  Scale x_;
  Scale y_;
};

}  // namespace

std::string plot_of(std::span<const PlotPoint> points, const std::string& title) {
  const double width = 2 * (kLeft + kWidth) + 30;
  const double legend = kTop + kHeight + 66;
  const double height = legend + kLegendLine * static_cast<double>((points.size() + 1) / 2);
  std::string svg = fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0:.0f} {1:.0f}" width="{0:.0f}" )"
      R"(height="{1:.0f}" font-family="sans-serif" font-size="13">)"
      "\n"
      R"(<rect width="100%" height="100%" fill="white"/>)"
      "\n",
      width, height);

  double lowest = 100;
  double highest = 0;
  for (const PlotPoint& point : points) {
    lowest = std::min(lowest, point.exact.low);
    highest = std::max(highest, point.exact.high);
  }
  if (points.empty()) std::swap(lowest, highest);
  lowest = 5 * std::floor(lowest / 5);
  highest = std::max(5 * std::ceil(highest / 5), lowest + 5);
  Field kl(svg, kLeft, logarithmic(0.001, 1), logarithmic(0.0001, 10));
  Field exact(svg, 2 * kLeft + kWidth, logarithmic(0.001, 1), linear(lowest, highest));
  kl.text(kLeft, 24, "start", title);
  kl.draw_axes("KL from a full recomputation, nats (lower is better)", "");
  exact.draw_axes("Exact match (higher is better)", " %");
  for (std::size_t i = 0; i < points.size(); ++i) {
    const PlotPoint& point = points[i];
    const std::string_view colour = kColours[i % kColours.size()];
    kl.draw_point(point.encoded, point.kl, colour);
    exact.draw_point(point.encoded, point.exact, colour);
    const double x = i % 2 == 0 ? kLeft : 2 * kLeft + kWidth;
    const double y = legend + kLegendLine * static_cast<double>(i / 2);
    kl.add(R"(<circle cx="{:.1f}" cy="{:.1f}" r="4" fill="{}"/>)", x, y - 4, colour);
    kl.text(x + 10, y, "start",
            fmt::format("{}: {:.2g} % of the tokens, KL {:.3g}, exact match {:.1f} %", point.label,
                        100 * point.encoded, point.kl.middle, point.exact.middle));
  }
  svg += "</svg>\n";
  return svg;
}

}  // namespace nextline::replay
