# EventMachine as a plain TCP proxy: eventmachine-proxy.rb LISTEN BACKEND
#
# Its own proxying (EventMachine.enable_proxy: the reactor moves the data in C++, without coming to
# Ruby), on epoll, no delay. https://www.rubydoc.info/gems/eventmachine/EventMachine.enable_proxy
require 'eventmachine'

LISTEN, BACKEND = ARGV.first(2).map do |text|
  host, _, port = text.rpartition(':')
  [host, port.to_i]
end

# With no buffer size, the default, it never pauses a writer whose reader has stopped.
BUFFER_BYTES = 256 * 1024

# The side of the backend.
module Upstream
  def initialize(client)
    super()
    @client = client
  end

  def post_init
    set_sock_opt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, true)
    EventMachine.enable_proxy(self, @client, BUFFER_BYTES)
  end

  def connection_completed
    EventMachine.enable_proxy(@client, self, BUFFER_BYTES)
    @client.resume
  end

  def unbind
    @client.close_connection_after_writing
  end
end

# The side of the client; read from only once its backend is there.
module Downstream
  def post_init
    set_sock_opt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, true)
    pause
    @upstream = EventMachine.connect(*BACKEND, Upstream, self)
  end

  def unbind
    @upstream&.close_connection_after_writing
  end
end

EventMachine.epoll
EventMachine.set_descriptor_table_size(Process.getrlimit(Process::RLIMIT_NOFILE).last)
EventMachine.run { EventMachine.start_server(*LISTEN, Downstream) }
