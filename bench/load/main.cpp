// weir-load: drives a TCP proxy over loopback and answers behind it. It links nothing of weir.
#include "bench/load/errors.h"
#include "bench/load/modes.h"

#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace {

constexpr const char* kUsage =
    R"(usage: weir-load MODE OPTIONS   (addresses: loopback only, 127.0.0.1:PORT or [::1]:PORT)

servers print {"listening": ...}; --until-input-ends stops them when standard input is closed:
  echo | sink | source   --listen ADDR:PORT          (port 0: any)

clients take --connect ADDR:PORT and print a JSON line for each window:
  round-trips  [--connections 64] [--bytes 64] [--seconds 1.5 | --count N] [--warm-up 0.2]
  churn        [--at-once 64] [--bytes 64] [--seconds 1.5] [--warm-up 0.2]
  bulk         [--flows 4] [--direction down|up] [--check full|none] [--seconds 1.5] [--warm-up 0.2]
               [--ask]: of an echo backend
  idle         [--connections 4000] [--bytes 64 (0: no echo)] [--at-once 64]
               prints {"held": N} and holds the connections until standard input is closed
  --gated      all but idle: print {"ready": N}, then run a window for each line of standard input
  --sources N  all but bulk: rotate through 127.0.0.1 to 127.0.0.N
)";

int run(const std::string& mode, const load::Words& words) {
  if (mode == "echo" || mode == "sink" || mode == "source") return load::run_backend(mode, words);
  if (mode == "round-trips") return load::run_round_trips(words);
  if (mode == "idle") return load::run_idle(words);
  if (mode == "churn") return load::run_churn(words);
  if (mode == "bulk") return load::run_bulk(words);
  throw std::invalid_argument(mode + ": not a mode");
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  const load::Words words(argv + 1, argv + argc);
  if (words.empty() || words.front() == "--help") {
    std::fputs(kUsage, words.empty() ? stderr : stdout);
    return words.empty() ? 2 : 0;
  }
  try {
    return run(words.front(), load::Words(words.begin() + 1, words.end()));
  } catch (const std::invalid_argument& error) {
    std::fprintf(stderr, "weir-load: %s\n", error.what());
    return 2;
  } catch (const load::Fault& fault) {
    std::fprintf(stderr, "weir-load %s: %s\n", words.front().c_str(), fault.what());
    return 3;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "weir-load %s: %s\n", words.front().c_str(), error.what());
    return 1;
  }
}
