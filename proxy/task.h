#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace weir::proxy {

/// A step of an establishment, written as a coroutine: runs when it is awaited, resumes who awaits
/// it (symmetric transfer), hands exceptions on. Owned by the frame that awaits it. Not Asio's
/// awaitable, because its awaiter goes through a type-erased handler and an allocation for each
/// wait, and what is waited for here is a word in the session (docs/decisions/0002).
template <typename T>
class [[nodiscard]] Task {
 public:
  class promise_type {
   public:
    Task get_return_object() noexcept { return Task(Handle::from_promise(*this)); }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    auto final_suspend() const noexcept { return ResumeAwaiting{}; }
    void return_value(T value) { value_ = std::move(value); }
    void unhandled_exception() noexcept { exception_ = std::current_exception(); }

   private:
    friend class Task;
    struct ResumeAwaiting {
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> self) noexcept {
        return self.promise().awaiting_;
      }
      void await_resume() const noexcept {}
    };
    std::coroutine_handle<> awaiting_;
    std::exception_ptr exception_;
    std::optional<T> value_;
  };

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
    handle_.promise().awaiting_ = awaiting;
    return handle_;
  }
  T await_resume() {
    auto& promise = handle_.promise();
    if (promise.exception_) std::rethrow_exception(promise.exception_);
    return std::move(*promise.value_);
  }

 private:
  using Handle = std::coroutine_handle<promise_type>;
  explicit Task(Handle handle) noexcept : handle_(handle) {}
  Handle handle_;
};

/// The outermost coroutine of an establishment: starts at once, owns itself, and its frame is gone
/// when it has run to its end. Its body must catch everything.
struct Detached {
  struct promise_type {
    Detached get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };
};

}  // namespace weir::proxy
