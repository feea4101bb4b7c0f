export interface Site {
  host: string;
  /** Shape: `service:port`. */
  upstream: string;
  /** Paths that stay inside the home, as Caddy's path patterns. */
  closed?: readonly string[];
}

export interface CaddyfileInput {
  httpPort: number;
  httpsPort: number;
  sites: readonly Site[];
}

/**
 * Renders the edge's Caddyfile: certificates of Caddy's own CA, plain HTTP redirected, no admin interface.
 * Caddy listens on the very ports that are published, so that its redirects name the right one.
 */
export function renderCaddyfile({ httpPort, httpsPort, sites }: CaddyfileInput): string {
  const head = [
    "{",
    "\tadmin off",
    "\tlocal_certs",
    "\tskip_install_trust",
    `\thttp_port ${httpPort}`,
    `\thttps_port ${httpsPort}`,
    "\tservers {",
    "\t\ttimeouts {",
    "\t\t\tread_header 10s",
    "\t\t}",
    "\t}",
    "}",
  ];
  return `${[...head, ...sites.flatMap(renderSite)].join("\n")}\n`;
}

function renderSite({ host, upstream, closed = [] }: Site): string[] {
  const refusal = closed.length === 0 ? [] : [`\t@closed path ${closed.join(" ")}`, "\trespond @closed 404"];
  return [
    "",
    `${host} {`,
    ...refusal,
    "\theader -Server",
    `\treverse_proxy ${upstream} {`,
    // Streams must not wait in a buffer.
    "\t\tflush_interval -1",
    "\t}",
    "\thandle_errors {",
    '\t\tresponse "The home is starting, or this part of it is down: `npm run freehold -- status` tells." {err.status_code}'.replace("response", "respond"),
    "\t}",
    "}",
  ];
}
