#include "admin/access.h"

#include "admin/host_rule.h"

#include <openssl/crypto.h>

#include <string_view>

namespace weir::admin {
namespace {

constexpr std::string_view kScheme = "Bearer ";

enum class Proof : std::uint8_t { none, wrong, right };

/// The time that it takes tells nothing of the token but its length.
Proof proof_of(const Request& request, const std::string& token) {
  if (request.authorizations.empty()) return Proof::none;
  if (request.authorizations.size() != 1 || token.empty()) return Proof::wrong;
  const std::string_view given = request.authorizations.front();
  if (!given.starts_with(kScheme)) return Proof::wrong;
  const std::string_view value = given.substr(kScheme.size());
  const bool is_right =
      value.size() == token.size() && CRYPTO_memcmp(value.data(), token.data(), token.size()) == 0;
  return is_right ? Proof::right : Proof::wrong;
}

std::optional<Answer> refusal_of_host(const Request& request, const Rules& rules) {
  if (request.hosts.size() != 1) return refuse(400, "A request must name its Host, once.");
  if (!host_is_allowed(request.hosts.front(), rules.hosts))
    return refuse(421,
                  "This Host name is not one of ours. Use an address or localhost, or add the name "
                  "to admin_hosts.");
  // What a page of another site sends through its visitor's browser carries that site's name.
  for (const std::string& origin : request.origins)
    if (!origin_is_ours(origin, request.hosts.front()))
      return refuse(403, "This request comes from a page of another origin.");
  return {};
}

Answer ask_for_token(Proof proof) {
  Answer answer = refuse(401, proof == Proof::none ? "This needs the token: Authorization: Bearer"
                                                   : "This is not the token.");
  answer.authenticate = "Bearer realm=\"weir\"";
  if (proof == Proof::wrong) answer.authenticate += ", error=\"invalid_token\"";
  return answer;
}

}  // namespace

std::optional<Answer> refusal_of(const Request& request, Access access, const Rules& rules) {
  if (access == Access::probe) return {};
  if (auto refusal = refusal_of_host(request, rules)) return refusal;
  const bool is_open = rules.bound_to_loopback || rules.read == config::AdminRead::anyone;
  if (access != Access::change && is_open) return {};
  if (rules.token.empty() && access == Access::change)
    return refuse(403, "Nothing can be changed here: there is no admin_token_file.");
  if (rules.token.empty())
    return refuse(403,
                  "The admin address can be reached from other machines, and admin_read does not "
                  "allow that. Set admin_token_file, or admin_read = anyone, or bind it to "
                  "127.0.0.1.");
  if (access == Access::page) return {};
  const Proof proof = proof_of(request, rules.token);
  if (proof == Proof::right) return {};
  return ask_for_token(proof);
}

}  // namespace weir::admin
