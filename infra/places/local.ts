import * as docker from "@pulumi/docker";
import type { Place } from "./place.ts";

/** The Docker of the machine in front of you; nothing is reached from beyond its loopback address. */
export function localPlace(prefix: string): Place {
  return {
    // The engine that `docker` itself would use: DOCKER_HOST, else the local socket.
    engine: new docker.Provider("engine", {}),
    engineEnvironment: {},
    domain: "localhost",
    hostOf: (part) => `${part}.localhost`,
    publishOn: "127.0.0.1",
    backups: { kind: "emulator", bucket: `${prefix}-backups` },
  };
}
