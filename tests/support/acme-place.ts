import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type PeerCertificate } from "node:tls";
import { promisify } from "node:util";
import { accountFolder, renderCaddyfile, renderFirstCaddyfile } from "../../infra/render/caddyfile.ts";
import { until } from "./until.ts";

const execute = promisify(execFile);
const zone = "example.org";
const zoneId = "0123456789abcdef0123456789abcdef";
export const domain = `home.${zone}`;
export const goodToken = "token-of-the-zone-for-tests";
const directory = "https://acme.test:14000/dir";
const certificates = { from: "acme", email: `owner@${zone}`, authority: directory } as const;
/** What a plain edge asks for by itself. */
export const plainHosts = [`console.${domain}`, `gateway.${domain}`] as const;
const images = { acme: "freehold/acme:test", edge: "freehold/edge:test" };

async function docker(...argv: string[]): Promise<string> {
  const { stdout, stderr } = await execute("docker", argv, { env: { ...process.env, DOCKER_CLI_HINTS: "false" }, maxBuffer: 16 * 1_048_576 });
  return (argv[0] === "logs" ? stdout + stderr : stdout).trim();
}

/** A network with a test authority that speaks ACME, a zone at a stand-in for Cloudflare, and edges as a home on the Internet has one. */
export interface AcmePlace {
  startEdge(token: string): Promise<AcmeEdge>;
  /** One without a token, whose Caddy asks the authority for two names. */
  startPlainEdge(): Promise<Pick<AcmeEdge, "inside" | "log">>;
  /** How many accounts the authority has. */
  accounts(): Promise<number>;
  /** What was made and removed in the zone. */
  zoneLog(): Promise<string>;
  remove(): Promise<void>;
}

export interface AcmeEdge {
  /** The certificate for a host; undefined where there is none. */
  certificateOf(host: string): Promise<PeerCertificate | undefined>;
  inside(...argv: string[]): Promise<string>;
  /** Puts another token of the zone in the place of the one it has. */
  giveToken(token: string): Promise<void>;
  log(): Promise<string>;
}

/** What lego is asked for by hand, as `keep-wildcard` asks. */
export const legoArguments = `--accept-tos --email owner@${zone} --server ${directory} --dns exec --domains '*.${domain}' --pem`;

export async function startAcmePlace(): Promise<AcmePlace> {
  const name = `freehold-test-acme-${randomUUID().slice(0, 8)}`;
  const folder = await mkdtemp(join(tmpdir(), "freehold-acme-"));
  await docker("build", "--quiet", "--tag", images.acme, join(import.meta.dirname, "acme"));
  await docker("build", "--quiet", "--tag", images.edge, join(import.meta.dirname, "../../runtime/images/edge"));
  await writeFiles(folder);
  await docker("network", "create", "--label", "freehold.test=acme", name);
  const ids: string[] = [];
  const run = async (argv: string[]) => {
    const id = await docker("run", "--detach", "--init", "--label", "freehold.test=acme", "--network", name, "--volume", `${folder}:/certificates:ro`, ...argv);
    ids.push(id);
    return id;
  };
  const zoneSettings = ["ZONE", zone, "ZONE_ID", zoneId, "TOKEN", goodToken, "NAME_SERVER", `ns1.${zone}`];
  const cloudflare = await run([
    "--network-alias",
    "api.cloudflare.com",
    "--network-alias",
    `ns1.${zone}`,
    ...variables(zoneSettings),
    images.acme,
    "node",
    "/opt/cloudflare.mjs",
  ]);
  const nameServer = await addressOf(cloudflare);
  const pebble = ["pebble", "-config", "/certificates/pebble.json", "-dnsserver", `${nameServer}:53`];
  const authority = await run(["--network-alias", "acme.test", ...variables(["PEBBLE_VA_NOSLEEP", "1"]), images.acme, ...pebble]);
  await until(
    "the zone and the authority",
    async () => (await docker("logs", cloudflare)).includes("listening") && (await docker("logs", authority)).includes("Listening on"),
    {
      timeoutMs: 60_000,
      everyMs: 100,
    },
  );
  return {
    async startEdge(token) {
      const tokenFile = join(folder, `token-${randomUUID()}`);
      await writeFile(tokenFile, token);
      return edgeOf(await run(edgeArguments(folder, { tokenFile, nameServer })), tokenFile);
    },
    startPlainEdge: async () => edgeOf(await run(plainEdgeArguments(folder, nameServer)), ""),
    accounts: async () => Math.max(0, ...[...(await docker("logs", authority)).matchAll(/There are now (\d+) accounts/g)].map(([, count]) => Number(count))),
    zoneLog: () => docker("logs", cloudflare),
    async remove() {
      await docker("rm", "--force", "--volumes", ...ids);
      await docker("network", "rm", name);
      await rm(folder, { recursive: true });
    },
  };
}

const variables = (pairs: readonly string[]) => pairs.flatMap((word, index) => (index % 2 === 0 ? ["--env", `${word}=${pairs[index + 1] ?? ""}`] : []));
const addressOf = (id: string) => docker("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", id);

/** One certificate for both services, which whoever reads SSL_CERT_FILE trusts. */
async function writeFiles(folder: string): Promise<void> {
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=acme.test", "-addext", "subjectAltName=DNS:acme.test,DNS:api.cloudflare.com"];
  const fresh = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  await execute("openssl", [...fresh, ...subject, "-keyout", key, "-out", certificate]);
  const pebble = { listenAddress: "0.0.0.0:14000", managementListenAddress: "0.0.0.0:15000", httpPort: 5_002, tlsPort: 5_001 };
  const files = { certificate: "/certificates/cert.pem", privateKey: "/certificates/key.pem" };
  await writeFile(join(folder, "pebble.json"), JSON.stringify({ pebble: { ...pebble, ...files } }));
  const tenants = { door: "console:4051", tenantPort: 18_789, innerPort: 4_052, innerKeyFile: "/certificates/inner-key", closedTo: "10.255.255.0/24" };
  const common = { httpPort: 8_080, httpsPort: 8_443, tenants: { ...tenants, domain, largestBody: "1MB", wildcardPort: 4_053 } };
  await writeFile(join(folder, "Caddyfile"), renderCaddyfile({ ...common, certificates: { ...certificates, wildcard: true }, sites: [] }));
  const sites = plainHosts.map((host) => ({ host, upstream: "console:4050" }));
  await writeFile(join(folder, "Caddyfile.plain"), renderCaddyfile({ ...common, certificates, sites }));
  await writeFile(join(folder, "Caddyfile.first"), renderFirstCaddyfile({ ...common, certificates, host: plainHosts[0] }));
  await writeFile(join(folder, "inner-key"), "header X-Freehold-Inner key\n");
  await execute("chmod", ["-R", "a+rX", folder]);
}

function edgeArguments(folder: string, { tokenFile, nameServer }: { tokenFile: string; nameServer: string }): string[] {
  const mounts = ["--volume", `${tokenFile}:/run/secrets/cloudflare-dns-token:ro`, "--volume", `${join(folder, "Caddyfile")}:/etc/freehold/Caddyfile:ro`];
  const settings = ["WILDCARD_DOMAIN", domain, "ACME_EMAIL", `owner@${zone}`, "ACME_DIRECTORY", directory];
  // Whom lego and curl trust.
  const trust = ["CLOUDFLARE_ZONE_ID", zoneId, "SSL_CERT_FILE", "/certificates/cert.pem"];
  return ["--dns", nameServer, "--cap-drop", "ALL", ...mounts, ...variables([...settings, ...trust]), images.edge];
}

function plainEdgeArguments(folder: string, nameServer: string): string[] {
  const files = { "Caddyfile.plain": "Caddyfile", "Caddyfile.first": "first.Caddyfile" };
  const mounts = Object.entries(files).flatMap(([own, theirs]) => ["--volume", `${join(folder, own)}:/etc/freehold/${theirs}:ro`]);
  const settings = ["ACME_ACCOUNT", accountFolder(certificates), "SSL_CERT_FILE", "/certificates/cert.pem"];
  return ["--dns", nameServer, "--cap-drop", "ALL", ...mounts, ...variables(settings), images.edge];
}

async function edgeOf(id: string, tokenFile: string): Promise<AcmeEdge> {
  const address = await addressOf(id);
  return {
    certificateOf: (servername) =>
      new Promise((resolve) => {
        const socket = connect({ host: address, port: 8_443, servername, rejectUnauthorized: false });
        socket.setTimeout(20_000, () => socket.destroy());
        socket.once("secureConnect", () => {
          resolve(socket.getPeerCertificate());
          socket.end();
        });
        socket.once("error", () => resolve(undefined));
        socket.once("close", () => resolve(undefined));
      }),
    inside: (...argv) => docker("exec", id, ...argv),
    // In place: a file that is mounted by itself is the same one for as long as the container lives.
    giveToken: (token) => writeFile(tokenFile, token),
    log: () => docker("logs", id),
  };
}
