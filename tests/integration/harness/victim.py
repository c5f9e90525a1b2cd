"""An echo server that prints its address and waits to be killed."""
import socket
import sys
import threading


def echo(sock):
    try:
        while data := sock.recv(65536):
            sock.sendall(data)
    except OSError:
        pass
    sock.close()


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    listening = socket.create_server(("127.0.0.1", port), backlog=1024)
    host, port = listening.getsockname()
    print(f"{host}:{port}", flush=True)
    while True:
        sock, _ = listening.accept()
        threading.Thread(target=echo, args=(sock,), daemon=True).start()


main()
