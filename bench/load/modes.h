#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace load {

// The modes of weir-load: each reads its own words of the command line, works until it is done and
// returns the exit code. They throw std::invalid_argument for a bad command line and other
// exceptions for what stops them.
using Words = std::vector<std::string>;

// What makes an echo backend pour; no message of the load is that short.
inline constexpr std::string_view kPour = "POUR\n";

int run_backend(const std::string& kind, const Words& words);  // echo, sink, source
int run_round_trips(const Words& words);
int run_idle(const Words& words);
int run_churn(const Words& words);
int run_bulk(const Words& words);

}  // namespace load
