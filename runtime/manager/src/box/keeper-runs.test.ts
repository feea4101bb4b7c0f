import { expect, test } from "@jest/globals";
import { silentLog } from "@freehold/kernel/log";
import type { ContainerInfo } from "dockerode";
import type { Engine } from "../engine.ts";
import { fault } from "../errors.ts";
import { createKeepers } from "./keeper-runs.ts";

const place = { prefix: "freehold-test", volume: "tenants", keeperImage: "keeper", gatewayPort: 4_010 };

/** As Docker sends one line of stdout: a head of eight bytes, then the text. */
function frame(text: string): Buffer {
  const head = Buffer.alloc(8);
  head[0] = 1;
  head.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([head, Buffer.from(text)]);
}

/** An engine that is away when its first container shall be removed. */
function engineThatLeaves(containers: Set<string>): Engine {
  let away = true;
  const engine: Partial<Engine> = {
    create: async ({ name }) => void containers.add(name ?? ""),
    start: async () => undefined,
    logs: async () =>
      (async function* () {
        yield frame('{"done":{}}\n');
      })(),
    inspect: async () => undefined,
    remove: async (name) => {
      if (away) {
        away = false;
        throw fault("docker.unavailable", "The engine is away.");
      }
      containers.delete(name);
    },
    list: async () => [...containers].map((name) => ({ Names: [`/${name}`] }) as ContainerInfo),
  };
  return engine as Engine;
}

test("a short-lived container that could not be removed while the engine was away is removed later, by the same manager", async () => {
  const containers = new Set<string>();
  const keepers = createKeepers({ engine: engineThatLeaves(containers), place, log: silentLog });
  await expect(keepers.run({ do: "settle" })).rejects.toMatchObject({ code: "docker.unavailable" });
  expect(containers.size).toBe(1);
  await keepers.removeLeft();
  expect(containers.size).toBe(0);
});
