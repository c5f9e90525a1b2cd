#include "tests/unit/config_loading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <chrono>

namespace weir::config {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// The only fault of a file, as the line that is printed.
std::string only_fault(const std::string& text, const Environment& environment = {}) {
  const auto lines = lines_of(check_file(text, environment).faults);
  EXPECT_THAT(lines, SizeIs(1)) << text;
  return lines.empty() ? "no fault" : lines.front();
}

Config good(const std::string& text, const Environment& environment = {}) {
  const CommandLine result = check_file(text, environment);
  EXPECT_THAT(lines_of(result.faults), IsEmpty()) << text;
  return result.config;
}

TEST(ConfigFile, ReadsTheExampleOfTheDesign) {
  const Config config = good(R"(reactors = auto
admin = 127.0.0.1:9900

[listener.redis]
bind = 0.0.0.0:6379
pool = cache
max_connections = 50000

[pool.cache]
balance = least_connections
backend = 10.0.0.1:6379 weight=2
backend = redis.internal:6379          # every address of the name
connect_timeout = 2s
idle_timeout = 1h
)");
  ASSERT_THAT(config.listeners, SizeIs(1));
  EXPECT_EQ(config.listeners[0].name, "redis");
  EXPECT_EQ(config.listeners[0].bind.to_string(), "0.0.0.0:6379");
  EXPECT_EQ(config.listeners[0].pool, "cache");
  EXPECT_EQ(config.listeners[0].max_connections, 50000U);
  EXPECT_EQ(config.max_connections, 0U) << "the listener's limit is not the process's";
  ASSERT_THAT(config.pools, SizeIs(1));
  ASSERT_THAT(config.pools[0].backends, SizeIs(2));
  EXPECT_EQ(config.pools[0].backends[0].weight, 2U);
  EXPECT_EQ(config.pools[0].backends[1].host, "redis.internal");
  EXPECT_EQ(config.pools[0].connect_timeout, 2s);
}

TEST(ConfigFile, ReportsEveryFaultAtOnceWithLines) {
  const auto lines = lines_of(check_file(R"(reactors = many
conect_timeout = 5s

[listener.web]
bind = 127.0.0.1
pool = wbe

[pool.web]
backend = 10.0.0.1:80
idle_timeout = 60
nonsense
)")
                                  .faults);
  EXPECT_THAT(
      lines,
      ElementsAre(
          "FILE:1: reactors: 'many' is not a whole number. Give a whole number from 1 to 1024, or "
          "auto",
          "FILE:2: conect_timeout: unknown key. Did you mean 'connect_timeout'?",
          "FILE:5: bind: '127.0.0.1' has no port. Write it after a colon, as in 127.0.0.1:8080",
          "FILE:6: pool: there is no pool 'wbe'. Did you mean 'web'?",
          "FILE:10: idle_timeout: '60' has no unit. Units are ms, s, m, h and d: write 250ms, 5s "
          "or 1h30m; off means no limit",
          "FILE:11: 'nonsense' is neither a key nor a section. Write 'key = value' or [pool.NAME]; "
          "# starts a comment"));
}

TEST(ConfigFile, TakesByteOrderMarkAndCarriageReturns) {
  const Config config = good(
      "\xef\xbb\xbfretries = 4\r\n\r\n[listener.a] # x\r\nbind = 127.0.0.1:0\r\n"
      "[pool.a]\r\nbackend = a:80\r\n");
  EXPECT_EQ(config.pools.at(0).retries, 4U);
  EXPECT_THAT(only_fault("\xef\xbb\xbfnope = 1\r\n" + std::string(kGoodSections)),
              HasSubstr("FILE:1: nope: unknown key"));
}

TEST(ConfigFile, NeedsNoNewlineAtItsEnd) {
  EXPECT_THAT(good("[listener.a]\nbind=*:0\n[pool.a]\nbackend=a:80").pools.at(0).backends,
              SizeIs(1));
}

TEST(ConfigFile, EmptyFileHasNeitherListenerNorPool) {
  for (const char* const text : {"", "\n\n", "# nothing\n", "\xef\xbb\xbf", "reactors = 1\n"}) {
    EXPECT_THAT(
        lines_of(check_file(text).faults),
        ElementsAre("FILE: listener: there is none. Add [listener.NAME] with bind = ADDR:PORT",
                    "FILE: pool: there is none. Add [pool.NAME] with backend = HOST:PORT"));
  }
}

TEST(ConfigFile, SaysWhyItCannotBeRead) {
  const auto fault_of = [](const std::string& path) {
    return lines_of(parse_command_line({"--config", path}, {}).faults);
  };
  EXPECT_THAT(fault_of("/nowhere/weir.conf"),
              ElementsAre("/nowhere/weir.conf: cannot be read: No such file or directory. Check "
                          "the path"));
  EXPECT_THAT(fault_of("/tmp"),
              ElementsAre("/tmp: cannot be read: Is a directory. Name a file in it"));
  EXPECT_THAT(fault_of("/dev/zero"), ElementsAre(HasSubstr("/dev/zero: larger than 16 MiB")));
}

/// Root may read everything; for as long as this lives, the test is nobody.
class OrdinaryUser {
 public:
  OrdinaryUser() : is_ordinary_(::geteuid() != 0 || ::seteuid(kNobody) == 0) {}
  OrdinaryUser(const OrdinaryUser&) = delete;
  OrdinaryUser& operator=(const OrdinaryUser&) = delete;
  ~OrdinaryUser() {
    if (::getuid() == 0) {
      EXPECT_EQ(::seteuid(0), 0);
    }
  }
  [[nodiscard]] bool is_ordinary() const { return is_ordinary_; }

 private:
  static constexpr uid_t kNobody = 65534;
  bool is_ordinary_;
};

TEST(ConfigFile, SaysThatItMayNotBeRead) {
  const TemporaryFile file(kGoodSections);
  ASSERT_EQ(::chmod(file.path().c_str(), 0), 0);
  const OrdinaryUser user;
  if (!user.is_ordinary()) GTEST_SKIP() << "root cannot become nobody here";
  EXPECT_THAT(lines_of(parse_command_line({"--config", file.path()}, {}).faults),
              ElementsAre(HasSubstr("Permission denied")));
}

TEST(ConfigFile, RefusesWhatIsNoText) {
  const std::string utf16("[\0p\0", 4);
  EXPECT_THAT(lines_of(check_file(utf16 + "\n" + kGoodSections).faults),
              ElementsAre(HasSubstr("FILE:1: the line holds a zero byte")));
}

TEST(ConfigFile, RefusesMistakesInSectionHeaders) {
  const std::string good_sections = kGoodSections;
  const std::string long_name(65, 'a');
  EXPECT_THAT(only_fault("[pool.web\nbackend = a:80\n[listener.web]\nbind = *:0\n"),
              HasSubstr("FILE:1: [pool.web: the section's bracket is not closed"));
  EXPECT_THAT(only_fault("[pool.web] backend = a:80\nbackend = a:80\n[listener.a]\nbind = *:0\n"),
              HasSubstr("FILE:1: [pool.web] backend = a:80: text after the section's bracket"));
  EXPECT_THAT(only_fault(good_sections + "[]\nx = 1\n"), HasSubstr("FILE:5: []: unknown kind"));
  EXPECT_THAT(only_fault(good_sections + "[frontend.web]\nx = 1\n"),
              HasSubstr("Sections are [listener.NAME] and [pool.NAME]"));
  EXPECT_THAT(only_fault("[listner.web]\nbind = *:0\n[pool.web]\nbackend = a:80\n"),
              HasSubstr("FILE:1: [listner.web]: unknown kind of section 'listner'. Did you mean "
                        "'listener'?"));
  EXPECT_THAT(only_fault(good_sections + "[listener]\nbind = *:0\npool = web\n"),
              HasSubstr("FILE:5: [listener]: the section has no name"));
  EXPECT_THAT(only_fault(good_sections + "[listener.]\nbind = *:0\npool = web\n"),
              HasSubstr("the section has no name"));
  EXPECT_THAT(only_fault(good_sections + "[listener.a b]\nbind = *:0\npool = web\n"),
              HasSubstr("the name is not allowed"));
  EXPECT_THAT(only_fault(good_sections + "[listener." + long_name + "]\nbind = *:0\npool = web\n"),
              HasSubstr("the name is not allowed"));
}

TEST(ConfigFile, TakesDotsAndDashesInNames) {
  const Config config = good(
      "[listener.a.b]\nbind = *:0\npool = x.y-z_1.\n[pool.x.y-z_1.]\n"
      "backend = a:80\n");
  EXPECT_EQ(config.listeners.at(0).name, "a.b");
  EXPECT_NE(config.find_pool("x.y-z_1."), nullptr);
}

TEST(ConfigFile, JudgesTheKeysOfAFaultySection) {
  EXPECT_THAT(
      lines_of(check_file(std::string(kGoodSections) + "[pool.web]\nretries = 99\n").faults),
      ElementsAre(HasSubstr("FILE:5: [pool.web]: this section stands already in line 3"),
                  HasSubstr("FILE:6: retries: '99' is too large")));
}

TEST(ConfigFile, RefusesAKeyGivenTwice) {
  EXPECT_THAT(only_fault("retries = 1\nretries = 2\n" + std::string(kGoodSections)),
              HasSubstr("FILE:2: retries: already given in line 1"));
  EXPECT_THAT(only_fault(std::string(kGoodSections) + "retries = 1\nretries = 1\n"),
              HasSubstr("FILE:6: retries: already given in line 5"));
}

TEST(ConfigFile, TellsWhereAMisplacedKeyBelongs) {
  const std::string listener = "[listener.web]\nbind = *:0\n";
  const std::string pool = "[pool.web]\nbackend = a:80\n";
  EXPECT_THAT(only_fault(listener + "backend = b:80\n" + pool),
              HasSubstr("backend: not a key of a listener. Put it into [pool.NAME]"));
  EXPECT_THAT(only_fault(listener + pool + "backlog = 5\n"),
              HasSubstr("backlog: not a key of a pool. Put it into [listener.NAME]"));
  EXPECT_THAT(only_fault(listener + pool + "admin = none\n"),
              HasSubstr("admin: not a key of a pool. Put it at the top of the file"));
  EXPECT_THAT(only_fault("backend = b:80\n" + listener + pool),
              HasSubstr("backend: not a key for the top of the file. Put it into [pool.NAME]"));
}

TEST(ConfigFile, DoesNotKnowTheKeysOfLaterIssues) {
  for (const char* const key : {"tls", "rate", "allow", "user"}) {
    EXPECT_THAT(only_fault(std::string(key) + " = 1\n" + kGoodSections),
                HasSubstr(std::string(key) + ": unknown key"));
  }
  EXPECT_THAT(only_fault(std::string(kGoodSections) + "backend = b:80 tls=on\n"),
              HasSubstr("unknown option 'tls'"));
}

TEST(ConfigFile, AlwaysPanicAndWaitingForPlacesContradictEachOther) {
  const std::string pool = std::string(kGoodSections) + "backend = b:80 max_connections=5\n";
  EXPECT_THAT(only_fault(pool + "panic_threshold = 100\n"),
              HasSubstr("Lower panic_threshold, or write queue_limit = 0"));
  good(pool + "panic_threshold = 100\nqueue_limit = 0\n");
  good(pool + "panic_threshold = 99\n");
}

TEST(ConfigFile, TopLevelKeysAreDefaultsForAllSections) {
  const Config config = good(R"(retries = 5
idle_timeout = off
backlog = 77
[listener.a]
bind = *:0
pool = a
[listener.b]
bind = *:0
pool = b
backlog = 88
[pool.a]
backend = a:80
[pool.b]
backend = b:80
retries = 0
idle_timeout = 9s
)");
  EXPECT_EQ(config.listeners.at(0).backlog, 77U);
  EXPECT_EQ(config.listeners.at(1).backlog, 88U);
  EXPECT_EQ(config.pools.at(0).retries, 5U);
  EXPECT_EQ(config.pools.at(0).idle_timeout, kNever);
  EXPECT_EQ(config.pools.at(1).retries, 0U);
  EXPECT_EQ(config.pools.at(1).idle_timeout, 9s);
}

TEST(ConfigFile, MaxConnectionsAtTheTopIsTheProcessesOwn) {
  const Config config = good("max_connections = 10\n" + std::string(kGoodSections));
  EXPECT_EQ(config.max_connections, 10U);
  EXPECT_EQ(config.listeners.at(0).max_connections, 0U);
}

TEST(ConfigFile, ExpandsVariablesAfterTheLineIsRead) {
  const Environment environment = {{"HOST", "db#1\nretries = 9"}, {"PORT", "5432"}};
  const Config config =
      good("[listener.a]\nbind = *:0\n[pool.a]\nbackend = ${H:-db}:${PORT}\n", environment);
  EXPECT_EQ(config.pools.at(0).backends.at(0).address, "db:5432");
  EXPECT_EQ(good("access_log = ./$$\\x23\n" + std::string(kGoodSections)).access_log, "./$#");

  const CommandLine sly =
      check_file("[listener.a]\nbind = *:0\n[pool.a]\nbackend = ${HOST}:80\n", environment);
  EXPECT_EQ(sly.config.pools.at(0).retries, 2U) << "a variable can add no line";
  EXPECT_THAT(lines_of(sly.faults), ElementsAre(HasSubstr("FILE:4: backend:")));
}

TEST(ConfigFile, AnUnreadableValueIsOneFaultOnly) {
  EXPECT_THAT(only_fault("[listener.a]\nbind = ${NOPE}\n[pool.a]\nbackend = a:80\n"),
              HasSubstr("FILE:2: bind: the variable 'NOPE' is not set"));
  EXPECT_THAT(only_fault("[listener.a]\nbind = *:0\n[pool.a]\nbackend = \"a:80\n"),
              HasSubstr("FILE:4: backend: unclosed quote"));
  EXPECT_THAT(only_fault("[listener.a]\nbind = *:0\npool = ${NOPE}\n[pool.a]\nbackend = a:80\n"),
              HasSubstr("FILE:3: pool:"));
  EXPECT_THAT(only_fault("access_log = \"/tmp/a#b\"\n" + std::string(kGoodSections)),
              HasSubstr("write \\x23 for #"));
}

TEST(ConfigFile, RequiresBindAndBackend) {
  EXPECT_THAT(only_fault("[listener.a]\n[pool.a]\nbackend = a:80\n"),
              HasSubstr("FILE:1: bind: missing from the listener 'a'. Add bind = ADDR:PORT"));
  EXPECT_THAT(only_fault("[listener.a]\nbind = *:0\n[pool.a]\nretries = 1\n"),
              HasSubstr("FILE:3: backend: missing from the pool 'a'. Add backend = HOST:PORT"));
}

TEST(ConfigFile, ChoosesTheOnlyPoolAndAsksForOneOfSeveral) {
  EXPECT_EQ(good(kGoodSections).listeners.at(0).pool, "web");
  EXPECT_THAT(only_fault(std::string(kGoodSections) + "[pool.b]\nbackend = b:80\n"),
              HasSubstr("FILE:1: pool: missing from the listener 'web'. Add pool = NAME, one of: "
                        "web, b"));
}

TEST(ConfigFile, RefusesTwoListenersOnOneAddress) {
  const std::string pool = "[pool.p]\nbackend = a:80\n";
  EXPECT_THAT(
      only_fault("[listener.a]\nbind = 127.0.0.1:80\n[listener.b]\nbind = localhost:80\n" + pool),
      HasSubstr("FILE:4: bind: '127.0.0.1:80' is taken by the listener 'a'"));
  EXPECT_THAT(only_fault("[listener.a]\nbind = unix:/a\n[listener.b]\nbind = unix:/a\n" + pool),
              HasSubstr("'unix:/a' is taken"));
  EXPECT_THAT(only_fault("[listener.a]\nbind = 127.0.0.1:9900\n" + pool),
              HasSubstr("FILE:2: bind: '127.0.0.1:9900' is taken by the admin address"));
  good("[listener.a]\nbind = 127.0.0.1:0\n[listener.b]\nbind = 127.0.0.1:0\n" + pool);
}

TEST(ConfigFile, RefusesABackendTwiceInAPoolButNotInTwoPools) {
  EXPECT_THAT(only_fault("[listener.a]\nbind = *:0\n[pool.a]\nbackend = a:80\nbackend = A:80\n"),
              HasSubstr("FILE:5: backend: the pool has 'A:80' already"));
  good(
      "[listener.a]\nbind = *:0\npool = a\n[listener.b]\nbind = *:0\npool = b\n"
      "[pool.a]\nbackend = a:80\n[pool.b]\nbackend = a:80\n");
}

TEST(ConfigFile, WarnsOfABackendThatIsItsOwnListener) {
  const std::string pool = "\npool = a\n[pool.a]\nbackend = 127.0.0.1:80\n";
  for (const char* bound : {"127.0.0.1:80", "*:80", "[::]:80"}) {
    const CommandLine result = check_file("[listener.a]\nbind = " + std::string(bound) + pool);
    EXPECT_THAT(lines_of(result.faults), IsEmpty());
    EXPECT_THAT(result.warnings, ElementsAre(HasSubstr("'127.0.0.1:80' is where the listener 'a' "
                                                       "listens, which uses this pool")))
        << bound;
  }
  EXPECT_THAT(check_file("[listener.a]\nbind = 0.0.0.0:80\npool = a\n"
                         "[pool.a]\nbackend = [::1]:80\n")
                  .warnings,
              IsEmpty())
      << "IPv4's any address does not take IPv6";
  for (const char* bound : {"127.0.0.1:81", "127.0.0.2:80", "*:0"})
    EXPECT_THAT(check_file("[listener.a]\nbind = " + std::string(bound) + pool).warnings, IsEmpty())
        << bound;
}

TEST(ConfigFile, WarnsOfAPoolThatNobodyUses) {
  const CommandLine result = check_file(
      "[listener.a]\nbind = *:0\npool = a\n[pool.a]\nbackend = a:80\n[pool.b]\nbackend = b:80\n");
  EXPECT_THAT(lines_of(result.faults), IsEmpty());
  EXPECT_THAT(result.warnings, ElementsAre("FILE:6: [pool.b]: no listener uses this pool"));
}

TEST(ConfigFile, ShowsForeignTextWithoutItsControlCharacters) {
  EXPECT_THAT(only_fault("a\x1b[31m = 1\n" + std::string(kGoodSections)),
              HasSubstr("FILE:1: a?[31m: unknown key"));
  EXPECT_THAT(
      only_fault("pin = " + std::string(5000, 'x') + "\n" + kGoodSections),
      testing::ResultOf([](const std::string& line) { return line.size(); }, testing::Lt(300)));
}

TEST(ConfigFile, ReadsTenThousandBackends) {
  std::string text = "[listener.a]\nbind = *:0\n[pool.a]\n";
  for (int i = 0; i < 10'000; ++i) {
    text += "backend = 10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ":80\n";
  }
  EXPECT_THAT(good(text).pools.at(0).backends, SizeIs(10'000));
  EXPECT_THAT(only_fault(text + "backend = 10.1.39.249:80\n"), HasSubstr("FILE:10004: backend"));
}

TEST(ConfigFile, ReadsTenThousandListenersAndPools) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) {
    const std::string name = std::to_string(i);
    text += "[listener." + name + "]\nbind = 127.0.0.1:0\npool = " + name + "\n[pool." + name +
            "]\nbackend = a:80\n";
  }
  const Config config = good(text);
  EXPECT_THAT(config.listeners, SizeIs(10'000));
  EXPECT_EQ(config.listeners.back().pool, "9999");
}

TEST(ConfigFile, ReportsTenThousandFaults) {
  std::string text = kGoodSections;
  for (int i = 0; i < 10'000; ++i) text += "backend = nowhere\n";
  EXPECT_THAT(check_file(text).faults, SizeIs(10'000));
}

}  // namespace
}  // namespace weir::config
