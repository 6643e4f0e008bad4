#pragma once

#include <boost/json.hpp>
#include <string>

#include "engine/error.h"

namespace nextline::server {

/// What a command found out. A command prints nothing but progress; `main` prints its answer: with
/// --json the object on standard output, else the text on standard output and the remark on
/// standard error. A command that has said everything itself leaves all three empty.
struct Answer {
  boost::json::object json;
  std::string text;
  std::string remark;
  bool success = true;  ///< False: the answer is printed, but the exit status tells of a failure.
};

}  // namespace nextline::server
