/** The thread of an embedded PostgreSQL: bytes of its protocol in, bytes out. */
import { fsyncSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";

const { place } = workerData as { place: string | undefined };
const port = parentPort as NonNullable<typeof parentPort>;

/**
 * As PGlite starts it, but for a folder with writes that reach the disk before a commit is answered: PGlite leaves that out. Emscripten passes on the
 * system call of this method alone. The standard 128 MB of buffers are far too many for keys and books.
 */
const parameters = [
  ...PGlite.defaultStartParams.filter((parameter) => place === undefined || parameter !== "-F"),
  "-c",
  "wal_sync_method=fsync",
  "-c",
  "shared_buffers=8MB",
];

interface OpenFile {
  nfd: number;
}

const database = await PGlite.create({ startParams: parameters, ...(place === undefined ? {} : { dataDir: place }) });
if (place !== undefined) {
  const { NODEFS } = database.Module as unknown as { NODEFS: { stream_ops: { fsync?: (file: OpenFile) => number } } };
  NODEFS.stream_ops.fsync = ({ nfd }) => {
    fsyncSync(nfd);
    return 0;
  };
}

async function answer(message: Uint8Array | "close"): Promise<void> {
  if (message === "close") {
    await database.close();
    process.exit(0);
  }
  if (message.length === 0) return port.postMessage(message);
  // Only the first message of a connection begins with a zero. What the last one left behind must not be the next one's.
  if (message[0] === 0) {
    await database.exec("rollback");
    await database.exec("discard all");
  }
  port.postMessage(await database.execProtocolRaw(message));
}

let last = Promise.resolve();
port.on("message", (message: Uint8Array | "close") => {
  last = last.then(() => answer(message));
});
