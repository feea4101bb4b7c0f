import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { OracleMachine } from "../components/oracle/machine.ts";
import { OracleNetwork } from "../components/oracle/network.ts";
import type { OracleSettings } from "../settings.ts";
import type { Place } from "./place.ts";

/**
 * A free Oracle ARM VM; its Docker engine is reached over SSH, and images are built there, so that no registry is needed
 * and the CPU is right. Proved with mocks so far: nothing here has met a real account.
 */
export function oraclePlace(prefix: string, settings: OracleSettings): Place {
  const { compartmentId, adminCidrs, domain } = settings;
  const network = new OracleNetwork("network", { compartmentId, adminCidrs });
  const machine = new OracleMachine("machine", { ...settings, subnetId: network.subnetId });
  const host = pulumi.interpolate`ssh://ubuntu@${machine.address}:22`;
  return {
    engine: new docker.Provider("engine", { host, sshOpts: ["-o", "ControlMaster=auto", "-o", "ControlPersist=60"] }),
    engineEnvironment: { DOCKER_HOST: host },
    domain,
    hostOf: (part) => `${part}.${domain}`,
    publishOn: "0.0.0.0",
    backups: { kind: "emulator", bucket: `${prefix}-backups` },
  };
}
