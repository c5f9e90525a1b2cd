#include "proxy/session_search.h"

#include <algorithm>
#include <utility>

namespace weir::proxy {
namespace {

bool has(const std::vector<bool>& set, std::size_t number) noexcept {
  return number < set.size() && set[number];
}

std::uint64_t key_of(const SessionRow& row, SessionOrder order) noexcept {
  switch (order) {
    case SessionOrder::age: return static_cast<std::uint64_t>(row.age.count());
    case SessionOrder::idle: return static_cast<std::uint64_t>(row.idle.count());
    case SessionOrder::received: return row.received_bytes;
    case SessionOrder::sent: return row.sent_bytes;
    case SessionOrder::unsent: return row.unsent_to_backend + row.unsent_to_client;
    case SessionOrder::attempts: return row.attempts;
  }
  return 0;
}

}  // namespace

bool SessionSearch::Term::is_met(const SessionRow& row) const noexcept {
  if (stages[static_cast<std::size_t>(row.stage)] || reactor == row.id.reactor) return true;
  if (has(listeners, row.listener) || has(pools, row.pool)) return true;
  if (row.slot && has(slots, *row.slot)) return true;
  return client && row.client.text().view().find(*client) != std::string_view::npos;
}

SessionSearch::SessionSearch(std::vector<Term> terms, SessionOrder order, bool descending,
                             std::size_t most)
    : terms_(std::move(terms)), order_(order), descending_(descending), most_(most) {
  rows_.reserve(most + 1);
}

bool SessionSearch::is_before(const SessionRow& a, const SessionRow& b) const noexcept {
  const std::uint64_t key_a = key_of(a, order_);
  const std::uint64_t key_b = key_of(b, order_);
  if (key_a == key_b) return a.id < b.id;
  return descending_ ? key_a > key_b : key_a < key_b;
}

void SessionSearch::offer(const SessionRow& row) noexcept {
  ++seen_;
  const bool is_met =
      std::all_of(terms_.begin(), terms_.end(), [&](const Term& term) { return term.is_met(row); });
  if (!is_met) return;
  ++matched_;
  const auto order = [this](const auto& a, const auto& b) { return is_before(a, b); };
  if (rows_.size() == most_ && (most_ == 0 || !is_before(row, rows_.front()))) return;
  rows_.push_back(row);  // has room: see the constructor
  std::push_heap(rows_.begin(), rows_.end(), order);
  if (rows_.size() <= most_) return;
  std::pop_heap(rows_.begin(), rows_.end(), order);
  rows_.pop_back();
}

void SessionSearch::finish(std::size_t offset) {
  std::sort_heap(rows_.begin(), rows_.end(),
                 [this](const auto& a, const auto& b) { return is_before(a, b); });
  rows_.erase(rows_.begin(),
              rows_.begin() + static_cast<std::ptrdiff_t>(std::min(offset, rows_.size())));
}

}  // namespace weir::proxy
