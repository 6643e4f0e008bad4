#pragma once

#include <boost/json/object.hpp>

#include "lsp/statistics/statistics.h"

namespace nextline::lsp {

/// What statistics say on a day, for the user and for programs: sums of that day, of the last 7 and
/// 30 days and of all, together and by language, and a sentence for each.
///
///     {"today": {"total": {"asked": 12, …}, "languages": {"python": {"asked": 12, …}}},
///      "last_7_days": …, "last_30_days": …, "all": …, "sentences": ["Today: 12 requests, …"]}
///
/// "accepted" are those that were accepted as a whole there, "partly_accepted" the others.
boost::json::object report_of(const Statistics& statistics, Day today);

}  // namespace nextline::lsp
