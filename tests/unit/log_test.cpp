#include "base/log.h"

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/endpoint.h"
#include "base/log_channel.h"
#include "base/log_scribe.h"
#include "base/log_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/sink.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace weir::base::log {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

[[nodiscard]] bool becomes_true(const std::function<bool()>& condition) {
  const TimePoint limit = Clock::now() + std::chrono::seconds(20);
  while (Clock::now() < limit) {
    if (condition()) return true;
    std::this_thread::yield();
  }
  return false;
}

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// A file without a name to log into.
class MemoryFile {
 public:
  [[nodiscard]] SinkPtr sink(LineFormat format = LineFormat::stamped) const {
    return make_file_sink(Descriptor(::dup(file_.get())), format);
  }
  [[nodiscard]] std::string text() const {
    std::string text(static_cast<std::size_t>(::lseek(file_.get(), 0, SEEK_END)), '\0');
    EXPECT_EQ(::pread(file_.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    return text;
  }
  [[nodiscard]] std::vector<std::string> lines() const { return split_lines(text()); }

 private:
  Descriptor file_{::memfd_create("log", MFD_CLOEXEC)};
};

/// A pipe that nobody reads until read_all().
class StuckPipe {
 public:
  StuckPipe() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    read_end_ = Descriptor(ends[0]);
    write_end_ = Descriptor(ends[1]);
    ::fcntl(write_end_.get(), F_SETPIPE_SZ, 4096);
  }
  /// The sink owns the only write end: replacing the sink ends the stream.
  [[nodiscard]] SinkPtr sink() {
    return make_file_sink(std::move(write_end_), LineFormat::stamped);
  }
  /// Starts to read, until the sink is gone.
  void read_all() {
    reader_ = std::thread([this] {
      char buffer[4096];
      for (ssize_t n; (n = ::read(read_end_.get(), buffer, sizeof buffer)) > 0;) {
        text_.append(buffer, static_cast<std::size_t>(n));
      }
    });
  }
  [[nodiscard]] std::vector<std::string> lines() {
    reader_.join();
    return split_lines(text_);
  }

 private:
  Descriptor read_end_;
  Descriptor write_end_;
  std::string text_;
  std::thread reader_;
};

/// Gives the process's log back to standard error and lets go of the sink under test.
void restore_standard_error() {
  start(Level::info);
  stop();
}

TEST(Log, WritesTimeLevelAndMessage) {
  const MemoryFile file;
  start(Level::info, file.sink());
  info("reactors: {}", 2);
  stop();
  EXPECT_THAT(file.text(), MatchesRegex("....-..-..T..:..:..\\....Z info    reactors: 2\n"));
}

TEST(Log, LeavesOutWhatIsBelowTheThreshold) {
  const MemoryFile file;
  start(Level::warning, file.sink());
  info("noise");
  error("news");
  stop();
  EXPECT_THAT(file.lines(), ElementsAre(EndsWith("error   news")));
}

TEST(Log, KeepsTheOrderOfEachThread) {
  constexpr int kThreads = 4;
  constexpr int kLines = 500;  // less than a queue holds: nothing may be lost
  const MemoryFile file;
  start(Level::info, file.sink());
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < kLines; ++i) info("thread {} line {}", t, i);
    });
  }
  for (auto& thread : threads) thread.join();
  stop();
  std::vector<int> next(kThreads, 0);
  for (const std::string& line : file.lines()) {
    int t = -1;
    int i = -1;
    const char* const message = line.c_str() + line.find("thread");
    ASSERT_EQ(std::sscanf(message, "thread %d line %d", &t, &i), 2) << line;
    EXPECT_EQ(i, next.at(static_cast<std::size_t>(t))++);
  }
  EXPECT_EQ(next, std::vector<int>(kThreads, kLines));
}

TEST(Log, WritesALineWhileTheLogThreadSleeps) {
  const MemoryFile file;
  start(Level::info, file.sink());
  for (std::size_t written = 1; written <= 20; ++written) {
    info("line");
    ASSERT_TRUE(becomes_true([&] { return file.lines().size() == written; }));
  }
  stop();
}

TEST(Log, DropsAndCountsWhileTheSinkIsBlocked) {
  constexpr std::uint64_t kLines = 5000;
  StuckPipe pipe;
  const std::uint64_t dropped_before = dropped_total();
  start(Level::info, pipe.sink());
  for (std::uint64_t i = 0; i < kLines; ++i) info("line {}", i);  // must not wait
  const std::uint64_t dropped = dropped_total() - dropped_before;
  EXPECT_GT(dropped, 0u);
  pipe.read_all();
  stop();
  restore_standard_error();
  EXPECT_EQ(pipe.lines().size() + dropped, kLines);
}

TEST(Log, CutsALongMessage) {
  const MemoryFile file;
  start(Level::info, file.sink());
  const std::string longest(kMaxMessageBytes, 'x');
  info("{}", longest);
  info("{}", longest + "y");
  write(Level::info, longest + "yz");
  stop();
  const std::string cut = longest.substr(3) + "...";
  EXPECT_THAT(file.lines(),
              ElementsAre(EndsWith(" " + longest), EndsWith(" " + cut), EndsWith(" " + cut)));
}

TEST(Log, LetsNobodyForgeALine) {
  const MemoryFile file;
  start(Level::info, file.sink());
  info("name {}", "a\n2026-01-01 error forged\x1b[2J");
  stop();
  EXPECT_THAT(file.lines(), ElementsAre(EndsWith("name a 2026-01-01 error forged [2J")));
}

TEST(Log, CallerWritesItselfWithoutALogThread) {
  const MemoryFile file;
  start(Level::info, file.sink());
  stop();
  info("after stop");
  EXPECT_THAT(file.lines(), ElementsAre(EndsWith("after stop")));
}

TEST(Log, LosesNoLineAtStop) {
  constexpr int kRounds = 50;
  const MemoryFile file;
  for (int round = 0; round < kRounds; ++round) {
    start(Level::info, file.sink());
    std::thread writer([] {
      for (int i = 0; i < 20; ++i) info("line");
    });
    stop();
    writer.join();
  }
  EXPECT_EQ(file.lines().size(), 20u * kRounds);
}

TEST(Log, StopGivesUpOnABlockedSinkAndLaterLinesDoNotWait) {
  StuckPipe pipe;
  start(Level::info, pipe.sink());
  for (int i = 0; i < 200; ++i) info("line {}", i);
  const TimePoint before = Clock::now();
  stop();
  const Duration taken = Clock::now() - before;
  EXPECT_GE(taken, std::chrono::milliseconds(900));
  EXPECT_LT(taken, std::chrono::seconds(5));
  info("later");  // would hang here
  pipe.read_all();
  restore_standard_error();  // waits for the thread that stop() left behind
  const auto lines = pipe.lines();
  ASSERT_EQ(lines.size(), 201u);
  EXPECT_THAT(lines.back(), EndsWith("later"));
}

TEST(Log, CountsLinesThatCannotBeWritten) {
  const std::uint64_t dropped_before = dropped_total();
  Descriptor full_disk(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  start(Level::info, make_file_sink(std::move(full_disk), LineFormat::stamped));
  for (int i = 0; i < 100; ++i) info("line");
  stop();
  EXPECT_EQ(dropped_total() - dropped_before, 100u);
  restore_standard_error();
}

/// A record is its line, but for one that cannot be made.
class Plain final : public RecordFormatter {
 public:
  void format(std::chrono::system_clock::time_point, std::string_view record,
              std::string& line) override {
    if (record == "unmakeable") throw std::bad_alloc();
    line += "<" + std::string(record) + ">";
  }
};

std::string open_plain(const std::string& target) {
  return start_access(target, std::make_unique<Plain>());
}

/// A folder for an access log.
class AccessFolder {
 public:
  AccessFolder() { EXPECT_NE(::mkdtemp(path_.data()), nullptr); }
  ~AccessFolder() { std::filesystem::remove_all(path_); }
  AccessFolder(const AccessFolder&) = delete;
  AccessFolder& operator=(const AccessFolder&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] std::vector<std::string> lines(const std::string& name) const {
    std::ifstream file(this->file(name));
    std::stringstream text;
    text << file.rdbuf();
    return split_lines(text.str());
  }

 private:
  std::string path_ = ::testing::TempDir() + "weir_access_XXXXXX";
};

TEST(Log, MakesLinesOfAccessRecords) {
  const AccessFolder folder;
  const MemoryFile messages;
  const std::uint64_t dropped_before = dropped_total();
  ASSERT_EQ(open_plain(folder.file("log")), "");
  start(Level::info, messages.sink());
  access("one");
  access("unmakeable");
  access(std::string(kMaxRecordBytes, 'x'));
  stop();
  EXPECT_THAT(folder.lines("log"),
              ElementsAre("<one>", "<" + std::string(kMaxRecordBytes, 'x') + ">"));
  EXPECT_EQ(messages.text(), "");
  EXPECT_EQ(dropped_total() - dropped_before, 1U);
}

TEST(Log, OpensTheAccessLogAnewAndKeepsTheOldOneWhenItCannot) {
  const AccessFolder folder;
  const MemoryFile messages;
  ASSERT_EQ(open_plain(folder.file("log")), "");
  start(Level::info, messages.sink());
  access("first");
  ASSERT_TRUE(becomes_true([&] { return folder.lines("log").size() == 1; }));
  std::filesystem::rename(folder.file("log"), folder.file("old"));
  access("second");
  ASSERT_TRUE(becomes_true([&] { return folder.lines("old").size() == 2; }));
  std::filesystem::create_directory(folder.file("log"));  // nothing that can be opened
  EXPECT_THAT(reopen_access(), HasSubstr("Is a directory"));
  access("third");
  ASSERT_TRUE(becomes_true([&] { return folder.lines("old").size() == 3; }));
  std::filesystem::remove(folder.file("log"));
  EXPECT_EQ(reopen_access(), "");
  access("fourth");
  stop();
  EXPECT_THAT(folder.lines("old"), ElementsAre("<first>", "<second>", "<third>"));
  EXPECT_THAT(folder.lines("log"), ElementsAre("<fourth>"));
}

TEST(Log, SaysWhyTheAccessLogCannotBeOpened) {
  EXPECT_THAT(open_plain("/nowhere/access.log"), HasSubstr("/nowhere/access.log: No such file"));
  const AccessFolder folder;
  const Descriptor stream(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Endpoint endpoint = *Endpoint::parse("unix:" + folder.file("stream"));
  ASSERT_EQ(::bind(stream.get(), endpoint.data(), endpoint.size()), 0);
  ASSERT_EQ(::listen(stream.get(), 1), 0);
  EXPECT_THAT(open_plain(endpoint.to_string()), HasSubstr("cannot send to unix:"));
}

/// Takes datagrams at that path until it is stopped.
class Receiver {
 public:
  explicit Receiver(const std::string& path) : path_(path) {
    const Endpoint endpoint = *Endpoint::parse("unix:" + path);
    EXPECT_EQ(::bind(socket_.get(), endpoint.data(), endpoint.size()), 0);
  }
  ~Receiver() { ::unlink(path_.c_str()); }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;
  /// The next datagram; empty when none comes.
  std::string next() {
    pollfd waiting{socket_.get(), POLLIN, 0};
    char buffer[4096];
    if (::poll(&waiting, 1, 20'000) != 1) return "";
    const ssize_t size = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    return {buffer, static_cast<std::size_t>(size)};
  }

 private:
  std::string path_;
  Descriptor socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

TEST(Log, SendsDatagramsAndFindsAReceiverThatCameBack) {
  const AccessFolder folder;
  const MemoryFile messages;
  const std::uint64_t dropped_before = dropped_total();
  start(Level::info, messages.sink());
  auto receiver = std::make_unique<Receiver>(folder.file("socket"));
  ASSERT_EQ(open_plain("unix:" + folder.file("socket")), "");
  for (int i = 0; i < 100; ++i) {  // far more than the kernel queues for a receiver
    access("line " + std::to_string(i));
    ASSERT_EQ(receiver->next(), "<line " + std::to_string(i) + ">");
  }
  receiver.reset();
  access("lost");
  ASSERT_TRUE(becomes_true([&] { return dropped_total() - dropped_before == 1; }));
  receiver = std::make_unique<Receiver>(folder.file("socket"));
  access("found");
  EXPECT_EQ(receiver->next(), "<found>");
  stop();
  EXPECT_EQ(dropped_total() - dropped_before, 1U);
  EXPECT_THAT(messages.lines(), ElementsAre(HasSubstr("access log: No such file or directory; ")));
}

TEST(Log, AReceiverThatDoesNotReadCostsLinesAndNoTime) {
  const AccessFolder folder;
  const std::uint64_t dropped_before = dropped_total();
  Receiver receiver(folder.file("socket"));
  start(Level::error, make_stderr_sink(LineFormat::stamped));
  ASSERT_EQ(open_plain("unix:" + folder.file("socket")), "");
  constexpr std::uint64_t kLines = 500;  // the log thread tries in vain for half a second
  for (std::uint64_t i = 0; i < kLines; ++i) access("line");
  stop();
  std::uint64_t taken = kLines - (dropped_total() - dropped_before);
  EXPECT_LT(taken, kLines);
  for (; taken > 0; --taken) ASSERT_EQ(receiver.next(), "<line>");
}

TEST(LogSink, ALineAfterATornOneBeginsAnew) {
  const AccessFolder folder;
  const SinkPtr sink = make_file_sink(
      Descriptor(::open(folder.file("log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600)),
      LineFormat::bare);
  Channel channel;
  channel.set_sink(sink);
  const auto write = [&](std::string_view text) {
    channel.write(std::chrono::system_clock::now(), Level::info, text);
  };
  // A file that may not grow past a limit is written up to it, as on a disk that fills up.
  rlimit former{};
  ::getrlimit(RLIMIT_FSIZE, &former);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{8, former.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  write("first");
  write("second");
  channel.flush();
  write("third");
  channel.flush();
  ::setrlimit(RLIMIT_FSIZE, &former);
  std::signal(SIGXFSZ, handler);
  write("fourth");
  channel.flush();
  channel.set_sink(nullptr);
  EXPECT_THAT(folder.lines("log"), ElementsAre("first", "se", "fourth"));
  EXPECT_EQ(channel.lost_total(), 2U);
}

/// Breaks off within its first line, as for want of memory.
class BreakingOff final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& to) override {
    if (!std::exchange(has_broken_, true)) {
      to.push_back('h');
      throw std::bad_alloc();
    }
    to.append(message.payload.data(), message.payload.data() + message.payload.size());
    to.push_back('\n');
  }
  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<BreakingOff>();
  }

 private:
  bool has_broken_ = false;
};

TEST(LogSink, NoHalfOfALineIsWritten) {
  const MemoryFile file;
  const SinkPtr sink = file.sink();
  sink->set_formatter(std::make_unique<BreakingOff>());
  Channel channel;
  channel.set_sink(sink);
  for (const char* const text : {"first", "second"})
    channel.write(std::chrono::system_clock::now(), Level::info, text);
  channel.flush();
  EXPECT_EQ(file.text(), "second\n");
  EXPECT_EQ(channel.lost_total(), 1U);
}

TEST(LogSink, AReceiverThatHasStoppedIsWaitedForOnce) {
  const AccessFolder folder;
  Receiver receiver(folder.file("socket"));
  Channel channel;
  channel.set_sink(make_datagram_sink(*Endpoint::parse("unix:" + folder.file("socket"))));
  std::uint64_t written = 0;
  const auto write = [&] {
    channel.write(std::chrono::system_clock::now(), Level::info, "line");
    channel.flush();
    ++written;
  };
  while (channel.lost_total() == 0) write();  // until the kernel queues no more
  const TimePoint begin = Clock::now();
  for (int i = 0; i < 200; ++i) write();
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(5)) << "200 waits take ten";
  EXPECT_EQ(channel.lost_total(), 201U);
  for (std::uint64_t taken = written - channel.lost_total(); taken > 0; --taken)
    ASSERT_EQ(receiver.next(), "line");
  write();
  EXPECT_EQ(receiver.next(), "line") << "it reads again";
}

TEST(LogScribe, WritesAndThenFreesTheQueueOfAnEndedThread) {
  const MemoryFile file;
  Scribe scribe;
  scribe.start(file.sink());
  std::vector<std::weak_ptr<LineQueue>> queues;
  for (int i = 0; i < 20; ++i) {
    const auto queue = scribe.register_thread();
    queues.push_back(queue);
    ASSERT_TRUE(queue->push(Line(Line::Kind::message, Level::info, "last words")));
    queue->close();
    scribe.line_queued();
  }
  for (const auto& queue : queues) EXPECT_TRUE(becomes_true([&] { return queue.expired(); }));
  scribe.stop();
  EXPECT_EQ(file.lines().size(), queues.size());
}

TEST(LogScribe, RemembersWhatAnEndedThreadDropped) {
  const MemoryFile file;
  Scribe scribe;
  std::weak_ptr<LineQueue> watched;
  {
    const auto queue = scribe.register_thread();
    watched = queue;
    const Line line(Line::Kind::message, Level::info, "line");
    for (std::size_t i = 0; i < LineQueue::kCapacityLines; ++i) ASSERT_TRUE(queue->push(line));
    EXPECT_FALSE(queue->push(line));
    queue->close();
  }
  EXPECT_EQ(scribe.dropped_total(), 1u);
  scribe.start(file.sink());
  EXPECT_TRUE(becomes_true([&] { return watched.expired(); }));
  scribe.stop();
  EXPECT_EQ(scribe.dropped_total(), 1u);
  EXPECT_EQ(file.lines().size(), LineQueue::kCapacityLines);
}

}  // namespace
}  // namespace weir::base::log
