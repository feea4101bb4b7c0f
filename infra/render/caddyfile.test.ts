import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { accountFolder, renderCaddyfile, renderFirstCaddyfile } from "./caddyfile.ts";

const tenants = {
  domain: "localhost",
  door: "console:4051",
  tenantPort: 18_789,
  innerPort: 4_052,
  innerKeyFile: "/run/secrets/tenant-edge-key",
  closedTo: "10.214.0.0/16",
  largestBody: "100MB",
  wildcardPort: 4_053,
};

test("the edge's Caddyfile is the golden one", () => {
  const text = renderCaddyfile({
    certificates: { from: "own" },
    httpPort: 28_080,
    httpsPort: 28_443,
    sites: [
      { host: "console.localhost", upstream: "console:4050" },
      { host: "gateway.localhost", upstream: "gateway:4010", closed: ["/admin/*", "/metrics"] },
    ],
    tenants,
  });
  expect(text).toBe(readFileSync(join(import.meta.dirname, "caddyfile.golden.txt"), "utf8"));
});

const onTheInternet = (more: { wildcard?: boolean } = {}) =>
  renderCaddyfile({
    certificates: { from: "acme", email: "owner@example.org", authority: "https://ca.example.org/dir", ...more },
    httpPort: 80,
    httpsPort: 443,
    sites: [],
    tenants: { ...tenants, domain: "home.example.org" },
  });

test("on the Internet the certificates come from the authority that the settings name, and browsers are told to keep to HTTPS", () => {
  const text = onTheInternet();
  expect(text).toContain("\n\temail owner@example.org\n\tacme_ca https://ca.example.org/dir\n\thttp_port 80\n");
  expect(text).not.toMatch(/local_certs|protocols/);
  expect(text).toContain("\t\theader_down Strict-Transport-Security max-age=31536000\n");
});

test("each tenant's host gets a certificate of its own", () => {
  expect(onTheInternet()).toContain("\n*.home.example.org {\n\ttls {\n\t\ton_demand\n\t}\n");
  expect(onTheInternet()).not.toMatch(/get_certificate|4053/);
});

test("where the domain is proved in the DNS, the Caddyfile is the golden one", () => {
  expect(onTheInternet({ wildcard: true })).toBe(readFileSync(join(import.meta.dirname, "caddyfile-wildcard.golden.txt"), "utf8"));
});

test("the account is made with a Caddyfile of one name, by the same authority and on the same ports", () => {
  const certificates = { from: "acme", email: "owner@example.org", authority: "https://ca.example.org/dir" } as const;
  expect(renderFirstCaddyfile({ certificates, httpPort: 80, httpsPort: 443, host: "console.home.example.org" })).toBe(
    '{\n\tadmin off\n\temail owner@example.org\n\tacme_ca https://ca.example.org/dir\n\thttp_port 80\n\thttps_port 443\n}\n\nconsole.home.example.org {\n\trespond "The home is starting." 503\n}\n',
  );
});

test.each([
  [{ email: "Owner+home@example.org" }, "acme-v02.api.letsencrypt.org-directory/users/owner_plus_home@example.org"],
  [{ email: "owner@example.org", authority: "https://acme.test:14000/dir/" }, "acme.test-14000-dir/users/owner@example.org"],
  [{ email: "owner@example.org", authority: "https://acme.test" }, "acme.test/users/owner@example.org"],
])("Caddy keeps the account of %j in %s", (given, folder) => {
  expect(accountFolder(given)).toBe(`/data/caddy/acme/${folder}`);
});
