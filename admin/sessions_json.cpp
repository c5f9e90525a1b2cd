#include "admin/sessions_json.h"

#include "admin/pools_json.h"

#include <charconv>
#include <cstddef>
#include <map>
#include <string>

namespace weir::admin {
namespace {

namespace json = boost::json;
using proxy::SessionSearch;

void set(std::vector<bool>& numbers, std::size_t number) {
  if (numbers.size() <= number) numbers.resize(number + 1);
  numbers[number] = true;
}

SessionSearch::Term term_of(const TextFilter::Word& word,
                            const std::vector<proxy::Directory::Listener>& listeners,
                            const proxy::Directory::Pools& pools) {
  SessionSearch::Term term;
  if (word.field.empty() || word.field == "client") term.client = word.text;
  for (std::size_t number = 0; number < listeners.size(); ++number)
    if (word.is_in("listener", listeners[number].name)) set(term.listeners, number);
  for (std::size_t number = 0; number < pools.size(); ++number) {
    if (word.is_in("pool", pools[number]->settings.name)) set(term.pools, number);
    for (const balancer::Member& member : pools[number]->members)
      if (word.is_in("backend", member.name)) set(term.slots, member.slot);
  }
  for (std::size_t stage = 0; stage < term.stages.size(); ++stage)
    term.stages[stage] = word.is_in("stage", proxy::kShownStageNames[stage]);
  std::uint32_t reactor = 0;
  const char* const end = word.text.data() + word.text.size();
  if (word.field == "reactor" && std::from_chars(word.text.data(), end, reactor).ptr == end &&
      !word.text.empty())
    term.reactor = reactor;
  return term;
}

json::value tcp_json(const std::optional<proxy::TcpFacts>& facts) {
  if (!facts) return nullptr;
  return {{"rtt_seconds", in_seconds(std::chrono::microseconds(facts->rtt_us))},
          {"rtt_variance_seconds", in_seconds(std::chrono::microseconds(facts->rtt_variance_us))},
          {"retransmits", facts->retransmits},
          {"congestion_window", facts->congestion_window},
          {"unacked", facts->unacked}};
}

}  // namespace

std::vector<SessionSearch::Term> search_terms(const TextFilter& filter,
                                              const proxy::Directory& directory) {
  const auto listeners = directory.listeners();
  const auto pools = directory.pools();
  std::vector<SessionSearch::Term> terms;
  for (const TextFilter::Word& word : filter.words)
    terms.push_back(term_of(word, listeners, pools));
  return terms;
}

json::array sessions_json(const SessionSearch& search, const proxy::Directory& directory) {
  const auto listeners = directory.listeners();
  const auto pools = directory.pools();
  std::map<balancer::SlotNumber, std::string_view> backends;
  for (const auto& pool : pools)
    for (const balancer::Member& member : pool->members) backends[member.slot] = member.name;
  json::array list;
  for (const proxy::SessionRow& row : search.rows()) {
    const auto backend = row.slot ? backends.find(*row.slot) : backends.end();
    json::value name;
    if (backend != backends.end()) name = backend->second;
    list.push_back({{"id", row.id.to_string()},
                    {"client", row.client.text().view()},
                    {"listener", listeners.at(row.listener).name},
                    {"pool", pools.at(row.pool)->settings.name},
                    {"backend", std::move(name)},
                    {"stage", proxy::kShownStageNames[static_cast<std::size_t>(row.stage)]},
                    {"reactor", row.id.reactor},
                    {"attempts", row.attempts},
                    {"age_seconds", in_seconds(row.age)},
                    {"idle_seconds", in_seconds(row.idle)},
                    {"connect_seconds", in_seconds(row.connect_time)},
                    {"received_bytes", row.received_bytes},
                    {"sent_bytes", row.sent_bytes},
                    {"unsent_to_backend_bytes", row.unsent_to_backend},
                    {"unsent_to_client_bytes", row.unsent_to_client},
                    {"client_tcp", tcp_json(row.client_tcp)},
                    {"backend_tcp", tcp_json(row.backend_tcp)}});
  }
  return list;
}

}  // namespace weir::admin
