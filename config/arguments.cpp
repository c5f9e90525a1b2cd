#include "config/arguments.h"

#include "config/choice.h"
#include "config/fault.h"
#include "config/key.h"
#include "config/nearest.h"

#include <boost/program_options/cmdline.hpp>
#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/value_semantic.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace weir::config {
namespace {

namespace po = boost::program_options;

constexpr Origin kOrigin = {Origin::Source::command_line, 0};
constexpr int kStyle = po::command_line_style::allow_long |
                       po::command_line_style::long_allow_adjacent |
                       po::command_line_style::long_allow_next;

constexpr std::array<Choice<Command>, 5> kCommands = {{{"check", Command::check},
                                                       {"demo", Command::demo},
                                                       {"healthcheck", Command::healthcheck},
                                                       {"version", Command::version},
                                                       {"help", Command::help}}};

bool is_flag(std::string_view argument) { return argument.starts_with("--"); }

bool is_switch(std::string_view name) {
  return name == "help" || name == "version" || name == "backend-only";
}

std::string_view name_of(std::string_view flag) { return flag.substr(2, flag.find('=') - 2); }

/// "--idle_timeout=1h" becomes "--idle-timeout=1h"; what is no flag stays.
std::string with_dashes(std::string argument) {
  if (!is_flag(argument)) return argument;
  const std::size_t name_end = std::min(argument.find('='), argument.size());
  std::replace(argument.begin(), argument.begin() + static_cast<std::ptrdiff_t>(name_end), '_',
               '-');
  return argument;
}

const Key* find_key_of_flag(std::string_view name) {
  const auto keys = all_keys();
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const Key& key) {
    return !key.flag.empty() && key.flag == name;
  });
  return found == keys.end() ? nullptr : &*found;
}

/// Gives Program_options one flag at a time, with its value, because it stops at its first fault.
class ArgumentReader {
 public:
  explicit ArgumentReader(Findings& findings) : findings_(findings) {
    known_.add_options()("help", "")("version", "")("backend-only", "");
    known_.add_options()("config", po::value<std::string>());
    for (const Key& key : all_keys()) {
      if (key.flag.empty()) continue;
      known_.add_options()(std::string(key.flag).c_str(), po::value<std::string>());
    }
  }

  Arguments read(const std::vector<std::string>& arguments) {
    std::size_t next = 0;
    if (!arguments.empty() && !arguments.front().starts_with('-')) {
      read_command(arguments.front());
      next = 1;
    }
    while (next < arguments.size()) {
      std::vector<std::string> tokens{with_dashes(arguments[next])};
      const bool has_next = next + 1 < arguments.size() && !is_flag(arguments[next + 1]);
      if (takes_next(tokens.front()) && has_next) tokens.push_back(arguments[next + 1]);
      next += tokens.size();
      read_tokens(tokens);
    }
    return std::move(result_);
  }

 private:
  static bool takes_next(std::string_view flag) {
    return is_flag(flag) && !is_switch(flag.substr(2)) && flag.find('=') == std::string_view::npos;
  }

  void read_command(const std::string& word) {
    const auto command = parse_choice(word, kCommands);
    if (command.has_value()) {
      result_.command = *command;
    } else {
      fault("", {"unknown command " + quoted(word), command.error().remedy});
    }
  }

  void read_tokens(const std::vector<std::string>& tokens) {
    const std::string& first = tokens.front();
    if (first == "-h") {
      result_.command = Command::help;
      return;
    }
    if (!is_flag(first) || name_of(first).empty()) {
      fault("", {"unexpected argument " + quoted(first),
                 "Arguments are flags such as --listen ADDR:PORT; 'weir help' lists them"});
      return;
    }
    try {
      const auto parsed =
          po::command_line_parser(tokens).options(known_).style(kStyle).allow_unregistered().run();
      read_option(parsed.options.front());
    } catch (const po::error&) {  // the one thing left to go wrong
      report_unusable_value(first);
    }
  }

  void read_option(const po::option& option) {
    if (option.string_key == "help") {
      result_.command = Command::help;
    } else if (option.string_key == "version") {
      if (result_.command != Command::help) result_.command = Command::version;
    } else if (option.string_key == "backend-only") {
      result_.backend_only = true;
      if (result_.command != Command::demo)
        fault("--backend-only", {"a flag of demo", "Write weir demo --backend-only"});
    } else if (option.string_key == "config") {
      read_config(option.value.front());
    } else if (const Key* const key = find_key_of_flag(option.string_key); key != nullptr) {
      result_.settings.push_back({std::string(key->name), option.value.front(), kOrigin});
    } else {
      report_unknown(option.string_key);
    }
  }

  void read_config(const std::string& path) {
    if (path.empty()) {
      fault("--config", {"the value is empty", "Write --config FILE"});
    } else if (!result_.config_file.empty()) {
      fault("--config", {"already given", "Keep one of them"});
    } else {
      result_.config_file = path;
    }
  }

  void report_unusable_value(std::string_view flag) {
    const std::string name(name_of(flag));
    if (is_switch(name)) {
      fault("--" + name, {"takes no value", "Leave it out"});
      return;
    }
    const Key* const key = find_key_of_flag(name);
    if (key == nullptr && name != "config") return report_unknown(name);
    fault("--" + name,
          {"the value is missing",
           "Write " + (key != nullptr ? shown_example(*key, kOrigin) : "--" + name + " FILE")});
  }

  /// A key that has a flag of another name ("--bind") is told that name, others the nearest.
  void report_unknown(const std::string& name) {
    std::vector<std::string_view> flags = {"config", "help", "version"};
    std::string remedy;
    for (const Key& key : all_keys()) {
      if (key.flag.empty()) continue;
      flags.push_back(key.flag);
      if (key.name == name) remedy = "Did you mean '--" + std::string(key.flag) + "'?";
    }
    const auto meant = nearest(name, flags);
    if (remedy.empty() && meant) remedy = "Did you mean '--" + std::string(*meant) + "'?";
    if (remedy.empty()) remedy = "'weir help' lists all flags";
    fault("--" + name, {"unknown flag", remedy});
  }

  void fault(std::string_view flag, Problem problem) {
    findings_.add_fault(kOrigin, flag, std::move(problem));
  }

  Findings& findings_;
  po::options_description known_;
  Arguments result_;
};

}  // namespace

Arguments read_arguments(const std::vector<std::string>& arguments, Findings& findings) {
  return ArgumentReader(findings).read(arguments);
}

}  // namespace weir::config
