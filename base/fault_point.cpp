#include "base/fault_point.h"

#ifdef WEIR_FAULT_POINTS

#include "base/check.h"
#include "base/clock.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace weir::base::fault {
namespace {

enum class Action { throw_error, throw_bad_alloc, fail, crash, stall, ask };

struct Point {
  std::string name;
  Action action;
  long stall_milliseconds = 0;
  std::string path;  ///< of ask
  std::atomic<long> passes_left{0};
};

std::vector<std::unique_ptr<Point>>& points() {
  static std::vector<std::unique_ptr<Point>> armed;
  return armed;
}

long number(std::string_view text) {
  long value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  WEIR_CHECK(result.ec == std::errc{} && result.ptr == text.data() + text.size());
  return value;
}

std::string_view cut(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view head = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return head;
}

void arm(std::string_view entry) {
  auto point = std::make_unique<Point>();
  point->name = cut(entry, '=');
  const std::string_view action = cut(entry, ':');
  if (action == "throw")
    point->action = Action::throw_error;
  else if (action == "alloc")
    point->action = Action::throw_bad_alloc;
  else if (action == "fail")
    point->action = Action::fail;
  else if (action == "crash")
    point->action = Action::crash;
  else if (action == "stall")
    point->action = Action::stall;
  else if (action == "ask")
    point->action = Action::ask;
  else
    WEIR_CHECK(!"known fault action");
  if (point->action == Action::ask) {
    point->path = entry;
    points().push_back(std::move(point));
    return;
  }
  point->passes_left = number(cut(entry, ':'));
  if (point->action == Action::stall) point->stall_milliseconds = number(entry);
  points().push_back(std::move(point));
}

bool take_pass(Point& point) noexcept {
  if (point.passes_left.load(std::memory_order_relaxed) <= 0) return false;
  return point.passes_left.fetch_sub(1, std::memory_order_relaxed) > 0;
}

void stall(long milliseconds) {
  timespec left{milliseconds / 1000, (milliseconds % 1000) * 1'000'000};
  while (::nanosleep(&left, &left) != 0) {
  }
}

void spin(long milliseconds) {
  const auto end = Clock::now() + std::chrono::milliseconds(milliseconds);
  while (Clock::now() < end) {
  }
}

void crash() {
  constexpr std::uintptr_t kNothing = 64;
  [[maybe_unused]] const int value = *reinterpret_cast<const volatile int*>(kNothing);
}

void ask(const std::string& path) {
  std::ifstream file(path);
  std::string thread;
  std::string how;
  long milliseconds = 0;
  if (!(file >> thread >> how >> milliseconds)) return;
  std::array<char, 16> name{};
  ::pthread_getname_np(::pthread_self(), name.data(), name.size());
  if (thread != name.data() || ::unlink(path.c_str()) != 0) return;
  how == "spin" ? spin(milliseconds) : stall(milliseconds);
}

}  // namespace

void arm_from_environment() {
  const char* value = std::getenv("WEIR_FAULT_POINTS");
  if (value == nullptr) return;
  std::string_view rest = value;
  while (!rest.empty()) arm(cut(rest, ','));
}

void pass(const char* name) {
  for (const auto& point : points()) {
    if (point->name != name || point->action == Action::fail) continue;
    if (point->action == Action::ask) {
      ask(point->path);
      continue;
    }
    if (!take_pass(*point)) continue;
    if (point->action == Action::crash) crash();
    if (point->action == Action::stall) stall(point->stall_milliseconds);
    if (point->action == Action::throw_bad_alloc) throw std::bad_alloc();
    if (point->action == Action::throw_error)
      throw std::runtime_error("fault point " + point->name);
  }
}

bool fails(const char* name) noexcept {
  for (const auto& point : points())
    if (point->name == name && point->action == Action::fail && take_pass(*point)) return true;
  return false;
}

}  // namespace weir::base::fault

#endif
