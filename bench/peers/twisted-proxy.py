"""Twisted as a plain TCP proxy: twisted-proxy.py LISTEN BACKEND

Its own portforward (twisted.protocols.portforward, "a simple port forwarder"), on the epoll reactor
that its manual recommends on Linux (https://docs.twisted.org/, Choosing a Reactor), no delay.
"""
import sys

from twisted.internet import epollreactor

epollreactor.install()

from twisted.internet import reactor  # noqa: E402  after the reactor is chosen
from twisted.protocols import portforward  # noqa: E402


class NoDelay:
    def connectionMade(self):
        self.transport.setTcpNoDelay(True)
        super().connectionMade()


class Client(NoDelay, portforward.ProxyClient):
    pass


class ClientFactory(portforward.ProxyClientFactory):
    protocol = Client
    noisy = False


class Server(NoDelay, portforward.ProxyServer):
    clientProtocolFactory = ClientFactory


def main():
    (host, port), (backend, backend_port) = (text.rsplit(":", 1) for text in sys.argv[1:3])
    factory = portforward.ProxyFactory(backend, int(backend_port))
    factory.protocol = Server
    factory.noisy = False
    reactor.listenTCP(int(port), factory, backlog=4096, interface=host)
    reactor.run()


main()
