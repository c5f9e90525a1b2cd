#pragma once

#include "admin/recent.h"
#include "admin/router.h"
#include "proxy/server.h"

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

namespace weir::admin {

/// What /api/v1 answers about the running proxy, and how it changes it; admin/page/openapi.json
/// describes it. Reads go by published counters, by what the control thread wrote down, and
/// (sessions) from reactor to reactor; changes are posted to the thread they belong to. Lives on
/// the admin thread; the server outlives it.
class Api {
 public:
  /// Most rows of one answer, and most that may be skipped before them: reactors keep no more.
  static constexpr std::uint64_t kMostSessions = 500;
  static constexpr std::uint64_t kFarthestSession = 10'000;
  static constexpr std::uint64_t kMostBackends = 50'000;
  static constexpr std::uint64_t kMostEvents = 500;
  /// Looks for sessions that are under way at once. They must not pile up at a reactor that hangs.
  static constexpr int kMostSearches = 4;

  Api(proxy::Server& server, std::function<bool()> draining, bool has_token)
      : server_(server), draining_(std::move(draining)), has_token_(has_token), recent_(server) {}

  /// They keep the API alive.
  static std::vector<Route> routes(const std::shared_ptr<Api>& api);
  /// Once a second.
  void look() { recent_.look(); }

 private:
  static void add_reads(const std::shared_ptr<Api>& api, std::vector<Route>& routes);
  static void add_changes(const std::shared_ptr<Api>& api, std::vector<Route>& routes);

  [[nodiscard]] Answer status() const;
  [[nodiscard]] Answer pools(const Call& call) const;
  [[nodiscard]] Answer history(const Call& call) const;
  [[nodiscard]] Answer events(const Call& call) const;
  [[nodiscard]] Answer recorded(const Call& call) const;
  void sessions(const Call& call, const Reply& reply) const;

  void set_state(const Call& call, const Reply& reply);
  void set_weight(const Call& call, const Reply& reply);
  void end_sessions_of(const Call& call, const Reply& reply);
  void end_session(const Call& call, const Reply& reply);
  void change_backend(const Call& call, const Reply& reply,
                      std::function<proxy::Server::Asked()> change);

  proxy::Server& server_;
  const std::function<bool()> draining_;
  const bool has_token_;
  Recent recent_;
  /// Under way. Of its own life: the last owner of a search may be a reactor that ends.
  const std::shared_ptr<std::atomic<int>> searches_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace weir::admin
