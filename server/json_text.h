#pragma once

#include <boost/json.hpp>
#include <string>

namespace nextline::server {

/// A JSON value on one line. Unlike the library's own serializer, which writes 12.5 as 1.25E1,
/// numbers are written as people write them; infinities and NaN, which JSON lacks, become null.
std::string to_json_text(const boost::json::value& value);

}  // namespace nextline::server
