#include "proxy/reactor_tour.h"

#include <cstddef>
#include <memory>
#include <utility>

namespace weir::proxy {
namespace {

struct Tour {
  const Server& server;
  Visit visit;
  std::function<void()> done;
};

void go_on(const std::shared_ptr<const Tour>& tour, std::size_t reactor) {
  if (reactor == tour->server.reactors().size()) return tour->done();
  tour->server.reactors()[reactor]->post_command(
      Command::look, [tour, reactor](SessionCommands& commands) {
        tour->visit(commands, [tour, reactor] { go_on(tour, reactor + 1); });
      });
}

}  // namespace

void visit_reactors(const Server& server, Visit visit, std::function<void()> done) {
  go_on(std::make_shared<const Tour>(Tour{server, std::move(visit), std::move(done)}), 0);
}

}  // namespace weir::proxy
