#pragma once

#include "config/choice.h"
#include "config/config.h"

#include <array>

namespace weir::config {

/// Every policy by its word, in the order of the documentation.
inline constexpr std::array<Choice<Balance>, 8> kBalances = {
    {{"least_connections", Balance::least_connections},
     {"round_robin", Balance::round_robin},
     {"power_of_two", Balance::power_of_two},
     {"least_time", Balance::least_time},
     {"random", Balance::random},
     {"source_hash", Balance::source_hash},
     {"maglev", Balance::maglev},
     {"first", Balance::first}}};

}  // namespace weir::config
