import * as docker from "@pulumi/docker";
import type { Settings } from "../settings.ts";
import type { Place } from "./place.ts";

/** The Docker of the machine in front of you; nothing is reached from beyond its loopback address. */
export function localPlace(prefix: string, { httpPort, httpsPort }: Pick<Settings, "httpPort" | "httpsPort">): Place {
  const hostOf = (part: string) => `${part}.localhost`;
  return {
    // The engine that `docker` itself would use: DOCKER_HOST, else the local socket.
    engine: new docker.Provider("engine", {}),
    engineEnvironment: {},
    domain: "localhost",
    hostOf,
    originOf: (part) => `https://${hostOf(part)}:${httpsPort}`,
    publish: { on: "127.0.0.1", httpPort, httpsPort },
    certificates: { from: "own" },
    backups: { kind: "emulator", bucket: `${prefix}-backups` },
  };
}
