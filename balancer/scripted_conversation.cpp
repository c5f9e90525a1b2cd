#include "balancer/scripted_conversation.h"

#include <re2/re2.h>

namespace weir::balancer {

Conversation::Step ScriptedConversation::next(std::string_view heard, bool ended) {
  using Kind = Step::Kind;
  for (; step_ < config_.steps.size(); ++step_) {
    const config::CheckStep& step = config_.steps[step_];
    if (step.kind == config::CheckStep::Kind::send) {
      ++step_;
      return {Kind::say, step.text};
    }
    if (find(step, heard)) continue;
    if (!ended) return {Kind::hear};
    const std::string place = "expect no. " + std::to_string(step_ + 1) + " of its steps";
    return {Kind::failed, "closed before " + place + ", after " + escaped(heard.substr(used_))};
  }
  return {Kind::passed, config_.steps.empty() ? "connected" : "said what was expected"};
}

bool ScriptedConversation::find(const config::CheckStep& step, std::string_view heard) {
  if (step.kind == config::CheckStep::Kind::expect) {
    const std::size_t at = heard.find(step.text, used_);
    if (at == std::string_view::npos) return false;
    used_ = at + step.text.size();
    return true;
  }
  re2::StringPiece match;
  const re2::StringPiece text(heard.data(), heard.size());
  if (!patterns_[pattern_]->Match(text, used_, text.size(), re2::RE2::UNANCHORED, &match, 1))
    return false;
  ++pattern_;
  used_ = static_cast<std::size_t>(match.data() - heard.data()) + match.size();
  return true;
}

}  // namespace weir::balancer
