import type { Certificates } from "./certificates.ts";

export interface TenantSites {
  /** Tenants are `<id>.<domain>`. */
  domain: string;
  /** Who says what may pass: the console's second port. Shape: `service:port`. */
  door: string;
  /** Where every tenant listens in its own network, as `tenant-<id>`. */
  tenantPort: number;
  /** Caddy's inner entrance, by which the door leads streams on. */
  innerPort: number;
  /** A file with a Caddy matcher that tells the door from everybody else at the inner entrance. */
  innerKeyFile: string;
  /** The addresses that tenants' networks take: nobody is let in from there. Shape: CIDR. */
  closedTo: string;
  /** What a tenant takes at once. Shape: `100MB`. */
  largestBody: string;
  /** Where Caddy hands itself the certificate that all tenants' hosts share, on its own loopback. */
  wildcardPort: number;
}

/** The one site of all tenants, that of their own domains, and the inner entrance. Who they are is asked anew at each request. */
export function tenantBlocks(tenants: TenantSites, certificates: Certificates): string[] {
  const { domain, wildcardPort } = tenants;
  // An authority gives wildcards by proof in the DNS alone, and neither browsers nor Node take `*.localhost`.
  const wildcard = certificates.from === "acme" && certificates.wildcard === true;
  const byName = ["tls {", "\ton_demand", "}"];
  // Asked at each handshake, so that a renewed one needs no reload, which would cut streams. Until it is there, each host gets its own. The kind of key is
  // the usual one: were it not named, Caddy's adapter would take this for the same as `byName` and drop it.
  const shared = ["tls {", `\tget_certificate http http://127.0.0.1:${wildcardPort}/`, "\tkey_type p256", "\ton_demand", "}"];
  return [
    ...block("(reach)", reach(tenants, certificates)),
    ...block("(tenant)", [...cleaning(tenants), ...entrance(tenants), ...failing(tenants)]),
    ...block(`*.${domain}`, [...(wildcard ? shared : byName), "import tenant"]),
    ...block("https://", [...byName, "import tenant"]),
    ...block(`http://:${tenants.innerPort}`, innerEntrance(tenants)),
    ...(wildcard ? block(`http://:${wildcardPort}`, handOver) : []),
  ];
}

const indent = (lines: readonly string[]) => lines.map((line) => `\t${line}`);
const block = (name: string, lines: readonly string[]) => ["", `${name} {`, ...indent(lines), "}"];

/** What a client may not say for itself is gone before anybody reads it. */
const cleaning = ({ largestBody }: TenantSites) => [
  "request_header -X-Freehold-*",
  "request_header -X-Forwarded-*",
  "request_header -Forwarded",
  "request_header -X-Real-Ip",
  "header {",
  "\t-Server",
  "\tdefer",
  "}",
  "request_body {",
  `\tmax_size ${largestBody}`,
  "}",
];

/** In this order: what is the home's own, what stays open, and all else after the door said yes. */
function entrance({ door, closedTo }: TenantSites): string[] {
  const toDoor = (which: string, kind: string) => [`reverse_proxy ${which} ${door} {`, `\theader_up X-Freehold-Door ${kind}`, "}"];
  const given = (name: string, from: string) => `request_header ${name} {http.reverse_proxy.header.${from}}`;
  const admitted = [
    "route {",
    `\t${given("X-Freehold-Tenant", "X-Freehold-Tenant")}`,
    `\t${given("X-Freehold-Client", "X-Freehold-Client")}`,
    `\t${given("Cookie", "X-Freehold-Cookie")}`,
    '\t@no-cookie header Cookie ""',
    "\trequest_header @no-cookie -Cookie",
    "}",
  ];
  return [
    "route {",
    `\t@inside remote_ip ${closedTo}`,
    "\tabort @inside",
    "\t@own path /.freehold /.freehold/*",
    "\t@upgrade header Upgrade *",
    "\t@events header Accept *text/event-stream*",
    ...indent([...toDoor("@own", "own"), ...toDoor("@upgrade", "stream"), ...toDoor("@events", "stream")]),
    `\treverse_proxy ${door} {`,
    ...indent(indent(question("check"))),
    "\t\t@admitted status 200",
    "\t\thandle_response @admitted {",
    ...indent(indent(indent(admitted))),
    "\t\t}",
    "\t}",
    "\timport reach",
    "}",
  ];
}

/** A request without its body, which names the one that it is about. */
const question = (kind: string) => [
  "method GET",
  "rewrite /",
  `header_up X-Freehold-Door ${kind}`,
  "header_up X-Forwarded-Method {http.request.orig_method}",
  "header_up X-Forwarded-Uri {http.request.orig_uri}",
];

const failing = ({ door }: TenantSites) => [
  "handle_errors {",
  `\treverse_proxy ${door} {`,
  ...indent(indent(question("unreachable"))),
  "\t\theader_up X-Freehold-Fault {http.error.message}",
  "\t}",
  "}",
];

/** `tenant-` before and the port behind: whatever the header says, it names no other service. */
const reach = ({ tenantPort }: TenantSites, { from }: Certificates) => [
  `reverse_proxy tenant-{http.request.header.X-Freehold-Tenant}:${tenantPort} {`,
  // No flush_interval: Caddy passes on at once what has no length anyway, and with -1 it would hold a stream whose reader has left.
  "\tlb_try_duration 2s",
  "\theader_up X-Forwarded-For {http.request.header.X-Freehold-Client}",
  "\theader_up X-Forwarded-Proto https",
  "\theader_up -X-Freehold-*",
  // A tenant runs what nobody reviewed, beside siblings and the console: it sets no cookie for them, ends none of theirs, and is not shown inside of them.
  '\theader_down Set-Cookie "(?i);\\s*domain=[^;]*" ";"',
  "\theader_down -Clear-Site-Data",
  "\theader_down -Alt-Svc",
  "\theader_down X-Content-Type-Options nosniff",
  "\theader_down Referrer-Policy same-origin",
  "\theader_down Cross-Origin-Resource-Policy same-origin",
  "\theader_down Cross-Origin-Opener-Policy same-origin-allow-popups",
  "\theader_down X-Frame-Options SAMEORIGIN",
  "\theader_down +Content-Security-Policy \"frame-ancestors 'self'\"",
  ...(from === "acme" ? ["\theader_down Strict-Transport-Security max-age=31536000"] : []),
  "\ttransport http {",
  // Shorter than any tenant's sleep: no request meets a connection to a container that is gone.
  "\t\tkeepalive 5s",
  "\t}",
  "}",
];

const innerEntrance = ({ innerKeyFile, closedTo }: TenantSites) => [
  "@known {",
  `\timport ${innerKeyFile}`,
  `\tnot remote_ip ${closedTo}`,
  "}",
  "handle @known {",
  "\timport reach",
  "}",
  "respond 404",
];

/** The file that `keep-wildcard` in the edge's image writes. Bound to loopback: nobody but Caddy itself is there. */
const handOver = ["bind 127.0.0.1", "root * /data/wildcard", "rewrite * /current.pem", "@missing not file /current.pem", "respond @missing 204", "file_server"];

/** The content of the file that tells the door from others. */
export const innerKeyMatcher = (key: string): string => `header X-Freehold-Inner ${key}\n`;
