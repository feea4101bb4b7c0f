import type { AcmeCertificates, Certificates } from "./certificates.ts";
import { tenantBlocks, type TenantSites } from "./tenant-sites.ts";

export interface Site {
  host: string;
  /** Shape: `service:port`. */
  upstream: string;
  /** Paths that stay inside the home, as Caddy's path patterns. */
  closed?: readonly string[];
}

export interface CaddyfileInput {
  certificates: Certificates;
  httpPort: number;
  httpsPort: number;
  sites: readonly Site[];
  tenants: TenantSites;
}

/**
 * Renders the edge's Caddyfile: plain HTTP redirected, no admin interface, and nothing in it that a tenant's coming or going would change.
 * Caddy listens on the very ports that are published, so that its redirects name the right one.
 */
export function renderCaddyfile({ certificates, httpPort, httpsPort, sites, tenants }: CaddyfileInput): string {
  const head = [
    "{",
    "\tadmin off",
    ...signedBy(certificates),
    `\thttp_port ${httpPort}`,
    `\thttps_port ${httpsPort}`,
    "\ton_demand_tls {",
    `\t\task http://${tenants.door}/ask`,
    "\t}",
    "\tservers {",
    // On a laptop UDP is not published: HTTP/3 would only be promised.
    ...(certificates.from === "own" ? ["\t\tprotocols h1 h2"] : []),
    "\t\tmax_header_size 16KB",
    "\t\ttimeouts {",
    "\t\t\tread_header 10s",
    "\t\t}",
    "\t}",
    "}",
  ];
  return `${[...head, ...sites.flatMap((site) => renderSite(site, tenants.closedTo)), ...tenantBlocks(tenants, certificates)].join("\n")}\n`;
}

/** With this Caddy makes its account at the authority, for one name alone. */
export function renderFirstCaddyfile({ certificates, httpPort, httpsPort, host }: Omit<CaddyfileInput, "sites" | "tenants"> & { host: string }): string {
  const head = ["{", "\tadmin off", ...signedBy(certificates), `\thttp_port ${httpPort}`, `\thttps_port ${httpsPort}`, "}"];
  return `${[...head, "", `${host} {`, '\trespond "The home is starting." 503', "}"].join("\n")}\n`;
}

/**
 * The folder in which Caddy keeps its account at the authority.
 * Source: CertMagic 0.17, `storageKeyUserPrefix` and `KeyBuilder.Safe`.
 */
export function accountFolder({ email, authority = letsEncrypt }: Pick<AcmeCertificates, "email" | "authority">): string {
  const { host, pathname } = new URL(authority);
  const path = pathname.replaceAll("/", "-").replace(/^-+|-+$/g, "");
  return `/data/caddy/acme/${safeName([host, path].filter((part) => part !== "").join("-"))}/users/${safeName(email)}`;
}

const safeName = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll("+", "_plus_")
    .replaceAll(":", "-")
    .replace(/[^\w@.-]/g, "");

/** Caddy's own choice where the settings name none. */
const letsEncrypt = "https://acme-v02.api.letsencrypt.org/directory";

function signedBy(certificates: Certificates): string[] {
  if (certificates.from === "own") return ["\tlocal_certs", "\tskip_install_trust"];
  return [`\temail ${certificates.email}`, ...(certificates.authority === undefined ? [] : [`\tacme_ca ${certificates.authority}`])];
}

function renderSite({ host, upstream, closed = [] }: Site, closedTo: string): string[] {
  const refusal = closed.length === 0 ? [] : [`\t@closed path ${closed.join(" ")}`, "\trespond @closed 404"];
  return [
    "",
    `${host} {`,
    // A tenant is in a network with Caddy, so that Caddy reaches it; the other way there is nothing for it.
    `\t@tenant remote_ip ${closedTo}`,
    "\tabort @tenant",
    ...refusal,
    "\theader -Server",
    `\treverse_proxy ${upstream} {`,
    // Streams must not wait in a buffer.
    "\t\tflush_interval -1",
    "\t}",
    "\thandle_errors {",
    '\t\trespond "The home is starting, or this part of it is down: `npm run freehold -- status` tells." {err.status_code}',
    "\t}",
    "}",
  ];
}
