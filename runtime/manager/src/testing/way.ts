import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A way to a database that can be cut and opened again. */
export interface Way {
  url: string;
  close(): void;
  open(): void;
  end(): Promise<void>;
}

export async function openWay(databaseUrl: string): Promise<Way> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let closed = false;
  const server = createServer((socket) => {
    if (closed) return void socket.destroy();
    const other = connect(Number(target.port), target.hostname);
    for (const one of [socket, other]) {
      sockets.add(one);
      one.on("error", () => undefined).on("close", () => [socket, other].forEach((each) => each.destroy()));
    }
    socket.pipe(other).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  const close = () => {
    closed = true;
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  return {
    url: url.href,
    close,
    open: () => void (closed = false),
    end: () => {
      close();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
