package bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.socket.SocketChannel;

/**
 * Netty as a plain TCP proxy: the proxy of its own examples (io.netty.example.proxy.HexDumpProxy)
 * without the dump. One event loop, the native epoll transport that its wiki recommends on Linux,
 * no automatic reads (the other side's write comes first), half-closure allowed, no delay.
 */
public final class NettyProxy {
  public static void main(String[] arguments) throws Exception {
    String[] listen = arguments[0].split(":");
    String[] backend = arguments[1].split(":");
    EventLoopGroup group = new EpollEventLoopGroup(1);
    new ServerBootstrap()
        .group(group, group)
        .channel(EpollServerSocketChannel.class)
        .option(ChannelOption.SO_BACKLOG, 4096)
        .childOption(ChannelOption.AUTO_READ, false)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .childHandler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel client) {
                client.pipeline().addLast(new Front(backend[0], Integer.parseInt(backend[1])));
              }
            })
        .bind(listen[0], Integer.parseInt(listen[1]))
        .sync()
        .channel()
        .closeFuture()
        .sync();
  }

  /** One direction's source: what it reads is written to the other side, then it reads on. */
  private static class Relay extends ChannelInboundHandlerAdapter {
    Channel other;

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      other
          .writeAndFlush(bytes)
          .addListener(
              (ChannelFuture written) -> {
                if (written.isSuccess()) context.channel().read();
                else context.close();
              });
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof ChannelInputShutdownEvent) ((DuplexChannel) other).shutdownOutput();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      if (other != null) other.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }

  private static final class Front extends Relay {
    private final String host;
    private final int port;

    Front(String host, int port) {
      this.host = host;
      this.port = port;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      Channel client = context.channel();
      Relay back = new Relay();
      back.other = client;
      ChannelFuture connected =
          new Bootstrap()
              .group(client.eventLoop())
              .channel(EpollSocketChannel.class)
              .option(ChannelOption.AUTO_READ, false)
              .option(ChannelOption.TCP_NODELAY, true)
              .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
              .handler(back)
              .connect(host, port);
      other = connected.channel();
      connected.addListener(
          (ChannelFuture done) -> {
            if (!done.isSuccess()) {
              client.close();
              return;
            }
            client.read();
            other.read();
          });
    }
  }
}
