#include "config/command_line.h"

#include "config/arguments.h"
#include "config/assembly.h"
#include "config/file_text.h"
#include "config/findings.h"
#include "config/ini.h"
#include "config/key.h"
#include "config/validation.h"

#include <string_view>
#include <utility>

namespace weir::config {
namespace {

constexpr Origin kCommandLine = {Origin::Source::command_line, 0};
constexpr Origin kEnvironment = {Origin::Source::environment, 0};
constexpr Origin kWholeFile = {Origin::Source::file, Origin::kWholeFile};

/// Flags by what they say: where to listen, whom to relay to, or a key for all sections.
struct Flags {
  std::vector<Setting> listen;
  std::vector<Setting> backends;
  std::vector<Setting> top;
};

Flags sorted(std::vector<Setting> settings) {
  Flags flags;
  for (Setting& setting : settings) {
    auto& group = setting.key == "bind"      ? flags.listen
                  : setting.key == "backend" ? flags.backends
                                             : flags.top;
    group.push_back(std::move(setting));
  }
  return flags;
}

/// The file that --listen and --backend stand for.
Document document_of(const Flags& flags) {
  return {{},
          {{Scope::listener, "default", kCommandLine, flags.listen},
           {Scope::pool, "default", kCommandLine, flags.backends}}};
}

std::vector<Setting> only(std::string_view key, std::vector<Setting> settings) {
  std::erase_if(settings, [&](const Setting& setting) { return setting.key != key; });
  return settings;
}

std::string flag_of(const Setting& setting) {
  const Key* key = find_top_key(setting.key);
  if (key == nullptr) key = find_section_key(Scope::listener, setting.key);
  if (key == nullptr) key = find_section_key(Scope::pool, setting.key);
  return shown_name(*key, setting.origin);
}

/// Reads one command line, command by command. Lives for one parse_command_line().
class Loader {
 public:
  Loader(const Environment& environment, Findings& findings, CommandLine& result)
      : environment_(environment), findings_(findings), result_(result) {}

  void load_server(const Flags& flags, const std::string& config_flag) {
    const bool has_flags = !flags.listen.empty() || !flags.backends.empty();
    if (has_flags && !config_flag.empty()) {
      findings_.add_fault(kCommandLine, "--config",
                          {"excludes --listen and --backend", "Give a file or flags, not both"});
    }
    if (!has_flags) choose_file(config_flag);
    const bool has_source = has_flags || !result_.config_file.empty();
    // After a mistyped --config this would only repeat it.
    if (!has_source && findings_.empty()) report_nothing_to_serve();

    std::optional<Document> document;
    if (has_flags) document = document_of(flags);
    if (!result_.config_file.empty()) document = read_document(findings_);

    const Defaults defaults = read_defaults({}, document.value_or(Document()), flags);
    if (!document) return;
    Assembly assembly = assemble(*document, defaults, findings_);
    validate(assembly, findings_);
    result_.config = std::move(assembly.config);
  }

  void load_demo(const Flags& flags, const std::string& config_flag) {
    if (!config_flag.empty() || !flags.backends.empty()) {
      findings_.add_fault(kCommandLine, config_flag.empty() ? "--backend" : "--config",
                          {"the demo brings its own backends", "Leave it out"});
    }
    Defaults defaults;
    defaults.process.access_log = "stderr";  // the demo is there to be watched
    defaults = read_defaults(std::move(defaults), {}, flags);

    // --listen is read as the bind of a listener that is not kept.
    const Document document{{}, {{Scope::listener, "demo", kCommandLine, flags.listen}}};
    Assembly assembly = assemble(document, defaults, findings_);
    result_.listener_defaults = assembly.config.listeners.front();
    if (!flags.listen.empty()) result_.demo_listen = result_.listener_defaults.bind;
    if (result_.demo_backend_only && result_.listener_defaults.bind.is_unix()) {
      findings_.add_fault(kCommandLine, "--listen",
                          {"a demo backend cannot listen on a unix socket", "Write ADDR:PORT"});
    }
    result_.pool_defaults = std::move(defaults.pool);
    result_.config = std::move(defaults.process);
  }

  /// A health check needs the admin address and nothing else. It must not fail because a file was
  /// edited, and is now faulty, while the server still runs well with what it read before.
  void load_healthcheck(const Flags& flags, const std::string& config_flag) {
    for (const auto* const settings : {&flags.listen, &flags.backends, &flags.top}) {
      for (const Setting& setting : *settings) {
        if (setting.key == "admin") continue;
        findings_.add_fault(kCommandLine, flag_of(setting),
                            {"not a flag of healthcheck", "It takes --admin and --config"});
      }
    }
    choose_file(config_flag);
    Findings unheard;
    Document document;
    if (!result_.config_file.empty()) document = read_document(unheard).value_or(Document());
    Defaults defaults;
    apply_top(only("admin", document.top), defaults, unheard);
    apply_top(only("admin", settings_of(environment_, unheard)), defaults, findings_);
    apply_top(only("admin", flags.top), defaults, findings_);
    result_.config = std::move(defaults.process);
    // Told only if the check fails: it may well have asked at the wrong address.
    for (const Fault& fault : unheard.faults())
      if (fault.key.empty() || fault.key == "admin") result_.unheard.push_back(to_string(fault));
  }

 private:
  /// The flag, else the variable, else none.
  void choose_file(const std::string& config_flag) {
    result_.config_file = config_flag;
    const auto variable = environment_.find("WEIR_CONFIG");
    if (!config_flag.empty() || variable == environment_.end()) return;
    if (variable->second.empty()) {
      findings_.add_fault(kEnvironment, "WEIR_CONFIG",
                          {"the value is empty", "Name a file, or unset it"});
    }
    result_.config_file = variable->second;
  }

  /// Empty when the file cannot be read, which is reported.
  std::optional<Document> read_document(Findings& findings) {
    findings.set_file_name(result_.config_file);
    const auto text = read_file_text(result_.config_file);
    if (text.has_value()) return parse_ini(*text, environment_, findings);
    findings.add_fault(kWholeFile, "", text.error());
    return {};
  }

  /// `built_in` with the top of the file, the variables and the flags over it.
  Defaults read_defaults(Defaults built_in, const Document& document, const Flags& flags) {
    apply_top(document.top, built_in, findings_);
    apply_top(settings_of(environment_, findings_), built_in, findings_);
    apply_top(flags.top, built_in, findings_);
    return built_in;
  }

  void report_nothing_to_serve() {
    findings_.add_fault(
        kCommandLine, "",
        {"nothing to serve",
         "Start with 'weir --listen ADDR:PORT --backend HOST:PORT' or with 'weir --config FILE'; "
         "'weir demo' shows weir at work and needs nothing else"});
  }

  const Environment& environment_;
  Findings& findings_;
  CommandLine& result_;
};

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& raw_arguments,
                               const Environment& environment) {
  CommandLine result;
  Findings findings;
  Arguments arguments = read_arguments(raw_arguments, findings);
  result.command = arguments.command;
  result.demo_backend_only = arguments.backend_only;
  const Flags flags = sorted(std::move(arguments.settings));
  Loader loader(environment, findings, result);
  switch (arguments.command) {
    case Command::help:
    case Command::version: return result;  // whatever else is on the line
    case Command::serve:
    case Command::check: loader.load_server(flags, arguments.config_file); break;
    case Command::demo: loader.load_demo(flags, arguments.config_file); break;
    case Command::healthcheck: loader.load_healthcheck(flags, arguments.config_file); break;
  }
  result.faults = findings.faults();
  result.warnings = findings.warnings();
  return result;
}

}  // namespace weir::config
