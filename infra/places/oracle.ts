import * as docker from "@pulumi/docker";
import * as oci from "@pulumi/oci";
import * as pulumi from "@pulumi/pulumi";
import { Names } from "../components/cloudflare/names.ts";
import { OracleGuard } from "../components/oracle/guard.ts";
import { OracleMachine } from "../components/oracle/machine.ts";
import { OracleNetwork } from "../components/oracle/network.ts";
import { machineFiles } from "../machine/files.ts";
import { renderCloudInit } from "../render/cloud-init.ts";
import type { CloudflareSettings, OracleSettings, Settings } from "../settings.ts";
import { engineUrl, writeSshAccess } from "../ssh-access.ts";
import { deriveSshKey, type SshKey } from "../ssh-keys.ts";
import { cloudBackups } from "./backups.ts";
import { cloudflareProvider, oracleProvider } from "./providers.ts";
import type { Place } from "./place.ts";

export interface PlaceArgs {
  prefix: string;
  /** The home's key. */
  key: string;
  /** Where the settings for `ssh` go. */
  sshFolder: string;
}

/** What the place is for others than the home: an address to reach, and keys that stay with the owner. */
export interface OracleOutputs {
  address: pulumi.Output<string>;
  /** Restores and thins out the backups off-site, where Google keeps them. */
  keeperCredentials: pulumi.Output<string> | undefined;
}

/**
 * A free Oracle ARM VM; its Docker engine is reached over SSH, and images are built there, so that no registry is needed
 * and the CPU is right. Proved against simulated clouds: nothing here has met a real account.
 */
export function oraclePlace(args: PlaceArgs, settings: Settings): { place: Place | undefined; outputs: OracleOutputs } {
  const { oracle, cloudflare } = settings as { oracle: OracleSettings; cloudflare: CloudflareSettings };
  const clouds = { oracle: oracleProvider(oracle), cloudflare: cloudflareProvider() };
  const inOracle = { provider: clouds.oracle };
  requireHomeRegion(oracle, clouds.oracle);
  const network = new OracleNetwork("network", { ...args, ...oracle }, inOracle);
  const hostKey = deriveSshKey(args.key, "host");
  const clientKey = deriveSshKey(args.key, "client");
  const userData = renderCloudInit({ files: machineFiles(), hostKey });
  const authorizedKeys = [clientKey.publicKey, ...(oracle.sshPublicKey === undefined ? [] : [oracle.sshPublicKey])];
  const machine = new OracleMachine(
    "machine",
    { ...oracle, ...args, subnetId: network.subnetId, hostKey, clientKey, authorizedKeys, userData },
    { providers: [clouds.oracle] },
  );
  new OracleGuard("guard", { ...oracle, ...args }, inOracle);
  new Names("names", { zoneId: cloudflare.zoneId, domain: oracle.domain, address: machine.address }, { provider: clouds.cloudflare });
  const { targets, keeperCredentials } = cloudBackups(args.prefix, settings, clouds);
  const outputs = { address: machine.address, keeperCredentials };
  if (machine.ready === undefined) return { place: undefined, outputs };
  const host = reachable(args, { ready: machine.ready, address: machine.address, hostKey, clientKey });
  return {
    place: { ...door(oracle, settings), engine: new docker.Provider("engine", { host }), engineEnvironment: { DOCKER_HOST: host }, backups: targets },
    outputs,
  };
}

type Door = Pick<Place, "domain" | "hostOf" | "originOf" | "publish" | "certificates">;

function door({ domain, email, certificateAuthority }: OracleSettings, { cloudflareDnsToken }: Settings): Door {
  const authority = certificateAuthority === undefined ? {} : { authority: certificateAuthority };
  return {
    domain,
    hostOf: (part) => `${part}.${domain}`,
    originOf: (part) => `https://${part}.${domain}`,
    publish: { on: "0.0.0.0", httpPort: 80, httpsPort: 443 },
    certificates: { from: "acme", email, ...authority, wildcard: cloudflareDnsToken !== undefined },
  };
}

interface Reaching {
  ready: pulumi.Output<string>;
  address: pulumi.Output<string>;
  hostKey: SshKey;
  clientKey: SshKey;
}

/**
 * The engine's address, known only once the machine is ready: until then previews plan its containers without asking it.
 * This computer's `ssh` learns the machine's address and keys here, in whatever run first knows them.
 */
function reachable({ prefix, sshFolder }: PlaceArgs, { ready, address, hostKey, clientKey }: Reaching): pulumi.Output<string> {
  return pulumi.all([ready, address]).apply(([, known]) => {
    writeSshAccess(sshFolder, { alias: prefix, address: known, hostKey, clientKey });
    return engineUrl(prefix);
  });
}

/** Always Free resources exist in the home region only, and it is easily mistaken. */
function requireHomeRegion({ tenancyId, homeRegion }: OracleSettings, provider: oci.Provider): void {
  oci.identity.getRegionSubscriptionsOutput({ tenancyId }, { provider }).regionSubscriptions.apply((regions) => mustBeHome(regions, homeRegion));
}

/** Throws: Error with the command that mends it. */
export function mustBeHome(regions: readonly { isHomeRegion: boolean; regionName: string }[], homeRegion: string): void {
  const home = regions.find(({ isHomeRegion }) => isHomeRegion)?.regionName;
  if (home === undefined || home === homeRegion) return;
  throw new Error(
    `The account's home region is ${home}, and only there is anything free for ever; freehold:oracle.homeRegion says ${homeRegion}. ` +
      `Set it: pulumi config set --path freehold:oracle.homeRegion ${home}`,
  );
}
