#include "config/command_line.h"
#include "tests/unit/config_loading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace weir::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::vector<std::string> kListenAndBackend = {"--listen", "127.0.0.1:8080", "--backend",
                                                    "10.0.0.1:80"};

/// Flags after a listener and a backend that are in order.
CommandLine serve_with(const std::vector<std::string>& flags, const Environment& environment = {}) {
  std::vector<std::string> arguments = kListenAndBackend;
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  return parse_command_line(arguments, environment);
}

std::string only_fault(const CommandLine& result) {
  const auto lines = lines_of(result.faults);
  EXPECT_THAT(lines, SizeIs(1));
  return lines.empty() ? "no fault" : lines.front();
}

TEST(ConfigCommandLine, ListenAndBackendMakeTheDefaultListenerAndPool) {
  const CommandLine result = parse_command_line(
      {"--listen", "*:8080", "--backend", "a:80 weight=3", "--backend=b:80", "--retries", "7"}, {});
  EXPECT_THAT(lines_of(result.faults), IsEmpty());
  EXPECT_EQ(result.command, Command::serve);
  ASSERT_THAT(result.config.listeners, SizeIs(1));
  EXPECT_EQ(result.config.listeners[0].name, "default");
  EXPECT_EQ(result.config.listeners[0].pool, "default");
  EXPECT_EQ(result.config.listeners[0].bind.to_string(), "[::]:8080");
  ASSERT_THAT(result.config.pools, SizeIs(1));
  EXPECT_EQ(result.config.pools[0].name, "default");
  EXPECT_EQ(result.config.pools[0].retries, 7U);
  ASSERT_THAT(result.config.pools[0].backends, SizeIs(2));
  EXPECT_EQ(result.config.pools[0].backends[0].weight, 3U);
  EXPECT_EQ(result.config_file, "");
}

TEST(ConfigCommandLine, BackendOnlyIsASwitchOfDemoAlone) {
  const CommandLine demo = parse_command_line({"demo", "--backend-only", "--listen", "*:80"}, {});
  EXPECT_TRUE(demo.faults.empty());
  EXPECT_TRUE(demo.demo_backend_only);
  EXPECT_TRUE(demo.demo_listen.has_value());
  EXPECT_FALSE(parse_command_line({"check", "--backend-only"}, {}).faults.empty());
  EXPECT_FALSE(parse_command_line({"demo", "--backend-only=1"}, {}).faults.empty());
}

TEST(ConfigCommandLine, ListenTakesTheModeOfAUnixSocket) {
  const CommandLine result =
      parse_command_line({"--listen", "unix:/run/a mode=0600", "--backend", "a:80"}, {});
  EXPECT_EQ(result.config.listeners.at(0).unix_mode, mode_t{0600});
}

TEST(ConfigCommandLine, WithoutArgumentsTellsTheWaysToStart) {
  const std::string fault = only_fault(parse_command_line({}, {}));
  EXPECT_THAT(fault, HasSubstr("command line: nothing to serve"));
  EXPECT_THAT(fault, HasSubstr("weir --listen ADDR:PORT --backend HOST:PORT"));
  EXPECT_THAT(fault, HasSubstr("weir --config FILE"));
  EXPECT_THAT(fault, HasSubstr("weir demo"));
  EXPECT_THAT(only_fault(parse_command_line({"check"}, {})), HasSubstr("nothing to serve"));
  EXPECT_THAT(only_fault(parse_command_line({"--reactors", "2"}, {})),
              HasSubstr("nothing to serve"));
}

TEST(ConfigCommandLine, ListenAndBackendNeedEachOther) {
  EXPECT_EQ(only_fault(parse_command_line({"--listen", "*:80"}, {})),
            "command line: --backend: missing from the pool 'default'. Add --backend "
            "HOST:PORT|_SERVICE._tcp.NAME|unix:/path [weight=0..256] [priority=0..15] "
            "[max_connections=N]");
  EXPECT_THAT(only_fault(parse_command_line({"--backend", "a:80"}, {})),
              HasSubstr("--listen: missing from the listener 'default'. Add --listen ADDR:PORT"));
}

TEST(ConfigCommandLine, FlagsTakeDashesUnderscoresAndEqualSigns) {
  for (const std::vector<std::string>& flags : std::vector<std::vector<std::string>>{
           {"--connect-timeout", "7s"},
           {"--connect_timeout", "7s"},
           {"--connect-timeout=7s"},
           {"--connect_timeout=7s"},
           {"--connect-timeout=7s", "--access_log=/tmp/under_score"}}) {
    const CommandLine result = serve_with(flags);
    EXPECT_THAT(lines_of(result.faults), IsEmpty());
    EXPECT_EQ(result.config.pools.at(0).connect_timeout, 7s) << flags.front();
  }
  EXPECT_EQ(serve_with({"--access_log=/tmp/under_score"}).config.access_log, "/tmp/under_score");
}

TEST(ConfigCommandLine, KnowsNoAbbreviations) {
  EXPECT_THAT(only_fault(serve_with({"--connect", "7s"})), HasSubstr("--connect: unknown flag"));
  EXPECT_THAT(only_fault(serve_with({"--connect-timeou=7s"})),
              HasSubstr("--connect-timeou: unknown flag. Did you mean '--connect-timeout'?"));
}

TEST(ConfigCommandLine, ReportsEveryFaultAtOnceInOrder) {
  EXPECT_THAT(
      lines_of(parse_command_line({"--listen", "nowhere", "--backend", "a:0", "--retires", "3",
                                   "stray", "--balance", "randomly", "--idle-timeout"},
                                  {{"WEIR_PIN", "x"}})
                   .faults),
      ElementsAre(HasSubstr("command line: --retires: unknown flag. Did you mean '--retries'?"),
                  HasSubstr("command line: unexpected argument 'stray'"),
                  HasSubstr("command line: --idle-timeout: the value is missing. Write "
                            "--idle-timeout DURATION|off"),
                  HasSubstr("command line: --balance: unknown value 'randomly'"),
                  HasSubstr("command line: --listen: 'nowhere' has no port"),
                  HasSubstr("command line: --backend: port '0' is too small"),
                  HasSubstr("environment: WEIR_PIN: 'x' is not a CPU number")));
}

TEST(ConfigCommandLine, RefusesMissingEmptyAndRepeatedValues) {
  EXPECT_THAT(only_fault(serve_with({"--retries"})), HasSubstr("--retries: the value is missing"));
  EXPECT_THAT(only_fault(serve_with({"--retries="})), HasSubstr("--retries: the value is missing"));
  EXPECT_THAT(only_fault(serve_with({"--retires="})), HasSubstr("Did you mean '--retries'?"));
  EXPECT_THAT(only_fault(serve_with({"--retries", ""})), HasSubstr("--retries: the value is"));
  EXPECT_THAT(only_fault(serve_with({"--retries", "--pin=none"})),
              HasSubstr("--retries: the value is missing"));
  EXPECT_THAT(only_fault(serve_with({"--retries", "-1"})), HasSubstr("'-1' is not a whole number"));
  EXPECT_THAT(only_fault(serve_with({"--retries", "1", "--retries=1"})),
              HasSubstr("--retries: already given. Keep one of them"));
  EXPECT_THAT(only_fault(serve_with({"--listen", "*:1"})), HasSubstr("--listen: already given"));
  EXPECT_THAT(only_fault(serve_with({"--backend", "10.0.0.1:80"})),
              HasSubstr("--backend: the pool has '10.0.0.1:80' already"));
}

TEST(ConfigCommandLine, RefusesWhatIsNoFlag) {
  for (const char* const argument : {"stray", "-l", "--", "-", "--=x", "--="}) {
    EXPECT_THAT(only_fault(serve_with({argument})), HasSubstr("unexpected argument")) << argument;
  }
  EXPECT_THAT(only_fault(parse_command_line({"chek"}, {})),
              HasSubstr("unknown command 'chek'. Did you mean 'check'?"));
  EXPECT_THAT(only_fault(parse_command_line({"check", "weir.conf"}, {})),
              HasSubstr("unexpected argument 'weir.conf'"));
  EXPECT_THAT(only_fault(serve_with({"--bind", "*:1"})), HasSubstr("Did you mean '--listen'?"));
  EXPECT_THAT(only_fault(serve_with({"--engine", "copy"})), HasSubstr("--engine: unknown flag"));
}

TEST(ConfigCommandLine, ConfigExcludesListenAndBackend) {
  const TemporaryFile file(kGoodSections);
  EXPECT_THAT(only_fault(serve_with({"--config", file.path()})),
              HasSubstr("--config: excludes --listen and --backend"));
  EXPECT_THAT(only_fault(parse_command_line({"--config", file.path(), "--config", "b"}, {})),
              HasSubstr("--config: already given"));
  EXPECT_THAT(lines_of(parse_command_line({"--config="}, {}).faults),
              ElementsAre(HasSubstr("--config: the value is missing. Write --config FILE")));
}

TEST(ConfigCommandLine, FlagBeatsEnvironmentBeatsFile) {
  const TemporaryFile file("retries = 1\nreactors = 1\n" + std::string(kGoodSections));
  const Environment environment = {{"WEIR_RETRIES", "2"}, {"WEIR_REACTORS", "2"}};
  const std::vector<std::string> flags = {"--config", file.path(), "--retries=3", "--reactors=3"};

  const Config from_file = parse_command_line({"--config", file.path()}, {}).config;
  EXPECT_EQ(from_file.pools.at(0).retries, 1U);
  EXPECT_EQ(from_file.reactors, 1U);
  const Config from_environment = parse_command_line({"--config", file.path()}, environment).config;
  EXPECT_EQ(from_environment.pools.at(0).retries, 2U);
  EXPECT_EQ(from_environment.reactors, 2U);
  const Config from_flags = parse_command_line(flags, environment).config;
  EXPECT_EQ(from_flags.pools.at(0).retries, 3U);
  EXPECT_EQ(from_flags.reactors, 3U);
}

TEST(ConfigCommandLine, ASectionsOwnValueBeatsAFlag) {
  const TemporaryFile file(std::string(kGoodSections) + "retries = 9\n");
  const CommandLine result = parse_command_line({"--config", file.path(), "--retries=3"}, {});
  EXPECT_EQ(result.config.pools.at(0).retries, 9U);
}

TEST(ConfigCommandLine, AFaultyValueIsReportedEvenWhereAnotherBeatsIt) {
  const TemporaryFile file("retries = x\n" + std::string(kGoodSections));
  EXPECT_THAT(only_fault(parse_command_line({"--config", file.path(), "--retries=3"}, {})),
              HasSubstr(":1: retries: 'x' is not a whole number"));
}

TEST(ConfigCommandLine, EnvironmentNamesTheFileWhenNothingElseDoes) {
  const TemporaryFile file(kGoodSections);
  const TemporaryFile other("[listener.b]\nbind = *:0\n[pool.b]\nbackend = b:80\n");
  const Environment environment = {{"WEIR_CONFIG", file.path()}};
  const CommandLine from_variable = parse_command_line({}, environment);
  EXPECT_EQ(from_variable.config_file, file.path());
  EXPECT_EQ(from_variable.config.listeners.at(0).name, "web");
  EXPECT_EQ(parse_command_line({"--config", other.path()}, environment).config_file, other.path());
  EXPECT_EQ(serve_with({}, environment).config.listeners.at(0).name, "default");
  EXPECT_THAT(only_fault(parse_command_line({}, {{"WEIR_CONFIG", ""}})),
              HasSubstr("environment: WEIR_CONFIG: the value is empty"));
}

TEST(ConfigEnvironment, UnknownNamesAreOnlyWarnings) {
  const CommandLine result = serve_with({}, {{"WEIR_SERVICE_HOST", "10.0.0.1"},
                                             {"WEIR_CONECT_TIMEOUT", "1s"},
                                             {"weir_pin", "x"},
                                             {"WEIR_FAULT_POINTS", "a"},
                                             {"PATH", "/bin"},
                                             {"WEIRD", "x"}});
  EXPECT_THAT(lines_of(result.faults), IsEmpty());
  EXPECT_THAT(
      result.warnings,
      ElementsAre("environment: WEIR_CONECT_TIMEOUT: no key has this name, so it is "
                  "ignored. Did you mean 'WEIR_CONNECT_TIMEOUT'?",
                  "environment: WEIR_SERVICE_HOST: no key has this name, so it is ignored"));
}

TEST(ConfigEnvironment, ABadValueOfAKnownNameIsAFault) {
  EXPECT_EQ(only_fault(serve_with({}, {{"WEIR_IDLE_TIMEOUT", "1"}})),
            "environment: WEIR_IDLE_TIMEOUT: '1' has no unit. Units are ms, s, m, h and d: write "
            "250ms, 5s or 1h30m; off means no limit");
  EXPECT_THAT(
      only_fault(serve_with({}, {{"WEIR_ADMIN", ""}})),
      HasSubstr("environment: WEIR_ADMIN: the value is empty. Write WEIR_ADMIN=ADDR:PORT|unix:"));
}

TEST(ConfigEnvironment, MaxConnectionsIsTheProcessesOwn) {
  const Config config = serve_with({}, {{"WEIR_MAX_CONNECTIONS", "9"}}).config;
  EXPECT_EQ(config.max_connections, 9U);
  EXPECT_EQ(config.listeners.at(0).max_connections, 0U);
}

TEST(ConfigEnvironment, OfTheProcessIsReadWhole) {
  ASSERT_EQ(::setenv("WEIR_CONFIG_TEST", "a=b", 1), 0);
  EXPECT_EQ(process_environment().at("WEIR_CONFIG_TEST"), "a=b");
  ::unsetenv("WEIR_CONFIG_TEST");
}

TEST(ConfigCommandLine, HelpAndVersionWinOverFaults) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"--help"}, {"-h"}, {"help"}, {"check", "--help"}, {"--nope", "--help"}}) {
    const CommandLine result = parse_command_line(arguments, {{"WEIR_PIN", "x"}});
    EXPECT_EQ(result.command, Command::help);
    EXPECT_THAT(result.faults, IsEmpty());
  }
  EXPECT_EQ(parse_command_line({"version"}, {}).command, Command::version);
  EXPECT_EQ(parse_command_line({"--version"}, {}).command, Command::version);
  EXPECT_EQ(parse_command_line({"version", "--help"}, {}).command, Command::help);
}

TEST(ConfigCommandLine, CheckTakesWhatServingTakes) {
  const TemporaryFile file(kGoodSections);
  const CommandLine result = parse_command_line({"check", "--config", file.path()}, {});
  EXPECT_EQ(result.command, Command::check);
  EXPECT_THAT(result.faults, IsEmpty());
  EXPECT_EQ(parse_command_line({"check", "--listen", "*:80", "--backend", "a:80"}, {}).config,
            parse_command_line({"--listen", "*:80", "--backend", "a:80"}, {}).config);
}

TEST(ConfigCommandLine, DemoTakesGeneralFlagsAndPerhapsAnAddress) {
  const CommandLine plain = parse_command_line({"demo"}, {});
  EXPECT_EQ(plain.command, Command::demo);
  EXPECT_THAT(plain.faults, IsEmpty());
  EXPECT_EQ(plain.demo_listen, std::nullopt);
  EXPECT_EQ(plain.config.access_log, "stderr");

  const CommandLine rich =
      parse_command_line({"demo", "--listen", "*:8080", "--reactors=2", "--balance=round_robin",
                          "--backlog=9", "--access-log=none"},
                         {});
  EXPECT_THAT(lines_of(rich.faults), IsEmpty());
  EXPECT_EQ(rich.demo_listen->to_string(), "[::]:8080");
  EXPECT_EQ(rich.config.reactors, 2U);
  EXPECT_EQ(rich.config.access_log, "none");
  EXPECT_EQ(rich.pool_defaults.balance, Balance::round_robin);
  EXPECT_EQ(rich.listener_defaults.backlog, 9U);
  EXPECT_THAT(rich.config.listeners, IsEmpty());
}

TEST(ConfigCommandLine, DemoBringsItsOwnBackends) {
  EXPECT_THAT(only_fault(parse_command_line({"demo", "--backend", "a:80"}, {})),
              HasSubstr("--backend: the demo brings its own backends"));
  EXPECT_THAT(only_fault(parse_command_line({"demo", "--config", "x"}, {})),
              HasSubstr("--config: the demo brings its own backends"));
  EXPECT_THAT(only_fault(parse_command_line({"demo", "--listen", "x"}, {})),
              HasSubstr("--listen: 'x' has no port"));
  EXPECT_THAT(only_fault(parse_command_line({"demo", "--backend-only", "--listen", "unix:/x"}, {})),
              HasSubstr("a demo backend cannot listen on a unix socket"));
}

TEST(ConfigHealthcheck, FindsTheAdminAddress) {
  const auto admin = [](const std::vector<std::string>& flags, const Environment& environment) {
    std::vector<std::string> arguments = {"healthcheck"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const CommandLine result = parse_command_line(arguments, environment);
    EXPECT_EQ(result.command, Command::healthcheck);
    EXPECT_THAT(lines_of(result.faults), IsEmpty());
    return result.config.admin ? result.config.admin->to_string() : "none";
  };
  const TemporaryFile file("admin = *:9903\nretries = broken meanwhile\n");
  EXPECT_EQ(admin({}, {}), "127.0.0.1:9900");
  EXPECT_EQ(admin({"--config", file.path()}, {}), "[::]:9903");
  EXPECT_EQ(admin({}, {{"WEIR_CONFIG", file.path()}}), "[::]:9903");
  EXPECT_EQ(admin({}, {{"WEIR_CONFIG", file.path()}, {"WEIR_ADMIN", "*:9902"}}), "[::]:9902");
  EXPECT_EQ(admin({"--admin", "*:9901"}, {{"WEIR_ADMIN", "*:9902"}}), "[::]:9901");
  EXPECT_EQ(admin({"--admin", "none"}, {{"WEIR_PIN", "not its business"}}), "none");
}

TEST(ConfigHealthcheck, TakesNoOtherFlags) {
  EXPECT_THAT(only_fault(parse_command_line({"healthcheck", "--retries=1"}, {})),
              HasSubstr("--retries: not a flag of healthcheck. It takes --admin and --config"));
  EXPECT_THAT(lines_of(parse_command_line({"healthcheck", "--listen=x", "--backend=y"}, {}).faults),
              ElementsAre(HasSubstr("--listen: not a flag"), HasSubstr("--backend: not a flag")));
  EXPECT_THAT(only_fault(parse_command_line({"healthcheck", "--admin=x"}, {})),
              HasSubstr("--admin: 'x' has no port"));
}

TEST(ConfigHelp, ShowsEveryWayToStart) {
  const std::string help = help_text();
  for (const char* const way : {"weir --listen", "weir --config FILE", "weir check", "weir demo",
                                "weir healthcheck", "weir version"}) {
    EXPECT_THAT(help, HasSubstr(way));
  }
}

}  // namespace
}  // namespace weir::config
