#pragma once

#include <functional>
#include <string>
#include <utility>

namespace weir::admin {

/// What a client gets.
struct Answer {
  unsigned status = 200;
  std::string body;
  std::string content_type = "text/plain; charset=utf-8";
  std::string allow{};         ///< for 405
  std::string authenticate{};  ///< for 401
  /// Of an answer too long to stand in memory: the next piece of its body, empty after the last.
  /// Called on the admin thread while it is sent; others are served in between.
  std::function<std::string()> pieces{};
  std::string etag{};  ///< of what may be kept and asked for again; without one nothing may
};

/// A refusal in words.
[[nodiscard]] Answer refuse(unsigned status, std::string reason);
/// An answer of the API.
[[nodiscard]] Answer json_answer(std::string body, unsigned status = 200);

/// Where the answer goes that comes later. Both may be called on any thread.
class Reply {
 public:
  using Work = std::function<void()>;
  using Maker = std::function<Answer()>;

  Reply(std::function<void(Work)> post, std::function<void(Maker)> take)
      : post_(std::move(post)), take_(std::move(take)) {}

  /// Once: what makes the answer. It runs on the admin thread; a fault of it is answered with 500.
  void operator()(Maker maker) const { take_(std::move(maker)); }
  /// Has something done on the admin thread before that.
  void post(Work work) const { post_(std::move(work)); }

 private:
  std::function<void(Work)> post_;
  std::function<void(Maker)> take_;
};

}  // namespace weir::admin
