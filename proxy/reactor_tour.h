#pragma once

#include "proxy/server.h"
#include "proxy/session_commands.h"

#include <functional>

namespace weir::proxy {

/// What is done at each reactor, on its thread; calls `done` when it is, perhaps turns later.
using Visit = std::function<void(SessionCommands& commands, std::function<void()> done)>;

/// Visits one reactor after the other, then calls `done` on the last one's thread, where it must do
/// little. One at a time: what is gathered has one owner at any moment, and needs no lock. Any
/// thread. Never calls `done` when a reactor ends meanwhile, or has no memory for its part.
void visit_reactors(const Server& server, Visit visit, std::function<void()> done);

}  // namespace weir::proxy
