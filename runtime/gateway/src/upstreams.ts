import { Pool } from "undici";
import type { Provider } from "./provider.ts";

/** Connection pools, one for each provider. */
export interface Upstreams {
  poolOf(provider: Provider): Pool;
  close(): Promise<void>;
}

/** One connection carries one request at a time: an abort then frees exactly its own, by closing the socket. */
export function createUpstreams(providers: readonly Provider[]): Upstreams {
  const pools = new Map(
    providers.map(({ name, origin, timeouts: { connectMs } }) => [
      name,
      new Pool(origin, { connections: 10_000, pipelining: 1, allowH2: false, connect: { timeout: connectMs }, keepAliveTimeout: 30_000 }),
    ]),
  );
  return {
    poolOf({ name }) {
      const pool = pools.get(name);
      if (pool === undefined) throw new RangeError(`No pool for ${name}.`);
      return pool;
    },
    close: async () => void (await Promise.all([...pools.values()].map((pool) => pool.destroy()))),
  };
}
