import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { renderCaddyfile } from "./caddyfile.ts";

const tenants = {
  domain: "localhost",
  door: "console:4051",
  tenantPort: 18_789,
  innerPort: 4_052,
  innerKeyFile: "/run/secrets/tenant-edge-key",
  closedTo: "10.214.0.0/16",
  largestBody: "100MB",
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

const onTheInternet = (more: object = {}) =>
  renderCaddyfile({
    certificates: { from: "acme", email: "owner@example.org", authority: "https://ca.example.org/dir" },
    httpPort: 80,
    httpsPort: 443,
    sites: [],
    tenants: { ...tenants, domain: "home.example.org", ...more },
  });

test("on the Internet the certificates come from the authority that the settings name, and browsers are told to keep to HTTPS", () => {
  const text = onTheInternet();
  expect(text).toContain("\n\temail owner@example.org\n\tacme_ca https://ca.example.org/dir\n\thttp_port 80\n");
  expect(text).not.toMatch(/local_certs|protocols/);
  expect(text).toContain("\t\theader_down Strict-Transport-Security max-age=31536000\n");
});

test("each tenant's host gets a certificate of its own, or all share one when there is a way to prove the domain in the DNS", () => {
  expect(onTheInternet()).toContain("\n*.home.example.org {\n\ttls {\n\t\ton_demand\n\t}\n");
  expect(onTheInternet({ dnsFile: "/run/secrets/dns" })).toContain("\n*.home.example.org {\n\ttls {\n\t\timport /run/secrets/dns\n\t}\n");
});
