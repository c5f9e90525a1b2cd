package bench;

import java.net.InetSocketAddress;
import org.apache.mina.core.buffer.IoBuffer;
import org.apache.mina.core.future.ConnectFuture;
import org.apache.mina.core.future.IoFutureListener;
import org.apache.mina.core.service.IoHandlerAdapter;
import org.apache.mina.core.session.IoSession;
import org.apache.mina.transport.socket.nio.NioSocketAcceptor;
import org.apache.mina.transport.socket.nio.NioSocketConnector;

/**
 * MINA as a plain TCP proxy: the proxy of its own examples (org.apache.mina.example.proxy). The side
 * of the client does not read before the backend is there. One processor for each of acceptor and
 * connector, as few as MINA allows; no delay.
 */
public final class MinaProxy {
  private static final String OTHER = "other";

  public static void main(String[] arguments) throws Exception {
    String[] listen = arguments[0].split(":");
    String[] backend = arguments[1].split(":");
    NioSocketConnector connector = new NioSocketConnector(1);
    connector.setHandler(new Relay());
    connector.getSessionConfig().setTcpNoDelay(true);
    NioSocketAcceptor acceptor = new NioSocketAcceptor(1);
    acceptor.setReuseAddress(true);
    acceptor.setBacklog(4096);
    acceptor.getSessionConfig().setTcpNoDelay(true);
    acceptor.setHandler(
        new Front(connector, new InetSocketAddress(backend[0], Integer.parseInt(backend[1]))));
    acceptor.bind(new InetSocketAddress(listen[0], Integer.parseInt(listen[1])));
    Thread.currentThread().join();
  }

  private static class Relay extends IoHandlerAdapter {
    @Override
    public void messageReceived(IoSession session, Object message) {
      IoBuffer bytes = (IoBuffer) message;
      IoBuffer copy = IoBuffer.allocate(bytes.remaining());
      bytes.mark();
      copy.put(bytes);
      bytes.reset();
      copy.flip();
      ((IoSession) session.getAttribute(OTHER)).write(copy);
    }

    @Override
    public void sessionClosed(IoSession session) {
      IoSession other = (IoSession) session.getAttribute(OTHER);
      if (other == null) return;
      other.setAttribute(OTHER, null);
      other.closeOnFlush();
    }

    @Override
    public void exceptionCaught(IoSession session, Throwable cause) {
      session.closeNow();
    }
  }

  private static final class Front extends Relay {
    private final NioSocketConnector connector;
    private final InetSocketAddress backend;

    Front(NioSocketConnector connector, InetSocketAddress backend) {
      this.connector = connector;
      this.backend = backend;
    }

    @Override
    public void sessionOpened(IoSession session) {
      session.suspendRead();
      connector
          .connect(backend)
          .addListener(
              (IoFutureListener<ConnectFuture>)
                  future -> {
                    if (!future.isConnected()) {
                      session.closeNow();
                      return;
                    }
                    future.getSession().setAttribute(OTHER, session);
                    session.setAttribute(OTHER, future.getSession());
                    session.resumeRead();
                  });
    }
  }
}
