#include "config/command_line.h"
#include "config/key.h"

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>

#include <sstream>
#include <string>

namespace weir::config {
namespace {

namespace po = boost::program_options;

constexpr const char* kUsage = R"(weir: a TCP proxy and load balancer, one reactor per core

  weir --listen ADDR:PORT --backend HOST:PORT [--backend ...]   one listener, one pool
  weir --config FILE       many of them; the same names as keys
  weir check ...           says every fault of the same flags or file; opens no socket
  weir demo                three backends inside weir, with page and metrics; needs nothing else
  weir demo --backend-only one such backend by itself, on --listen, named after its host
  weir healthcheck         asks the admin address; exit code 0 or 1, for containers
  weir version
  weir help

A flag beats its variable (--connect-timeout: WEIR_CONNECT_TIMEOUT), which beats the file.
Durations carry units: 250ms, 5s, 1h30m. The file is described in docs/configuration.md.
)";

constexpr unsigned kLineLength = 100;
constexpr unsigned kDescriptionLength = 56;

std::string description_of(const Key& key) {
  std::string text(key.help);
  if (!key.default_value.empty()) text += " [" + std::string(key.default_value) + "]";
  return text;
}

po::options_description flags_of(Scope scope, const std::string& title) {
  po::options_description flags(title, kLineLength, kDescriptionLength);
  for (const Key& key : all_keys()) {
    if (key.scope() != scope || key.flag.empty()) continue;
    auto* const value = po::value<std::string>()->value_name(std::string(key.value_form));
    flags.add_options()(std::string(key.flag).c_str(), value, description_of(key).c_str());
  }
  return flags;
}

}  // namespace

std::string help_text() {
  std::ostringstream text;
  text << kUsage << '\n'
       << flags_of(Scope::process, "Process") << '\n'
       << flags_of(Scope::listener, "Listeners") << '\n'
       << flags_of(Scope::pool, "Pools");
  return text.str();
}

}  // namespace weir::config
