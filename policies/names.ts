import type { DnsRecordArgs } from "@pulumi/cloudflare";
import type { Unwrap } from "@pulumi/pulumi";
import { limits, quote } from "./limits.ts";
import { stackPolicy } from "./policy.ts";
import { when } from "./violation.ts";

const types = ["cloudflare:index/dnsRecord:DnsRecord", "cloudflare:index/record:Record"];

export const dnsRecordCount = stackPolicy({
  name: "dns-record-count",
  description: "Checks whether a zone's records stay inside Cloudflare's free plan.",
  rule: "The records of a zone must stay inside Cloudflare's free plan.",
  types,
  facts: ({ zoneId }: Unwrap<DnsRecordArgs>) => ({ zoneId }),
  check: (records) => {
    const zones = Map.groupBy(records, ({ facts }) => facts.zoneId);
    const full = [...zones].filter(([, own]) => own.length > limits.cloudflare.dnsRecords.value);
    return full.map(([zone, own]) => ({
      found: `${own.length} records in zone ${zone}`,
      limit: quote(limits.cloudflare.dnsRecords),
      cure: "Use one wildcard record instead of a record per name.",
    }));
  },
});

export const dnsWildcard = stackPolicy({
  name: "dns-wildcard",
  description: "Checks whether names that a wildcard record covers have records of their own.",
  rule: "A wildcard record must stand once, and no name below it may have an address record of its own.",
  types,
  facts: ({ zoneId, name, type }: Unwrap<DnsRecordArgs>) => ({ zoneId, name, type }),
  check: (records) => {
    const addresses = records.filter(({ facts }) => ["A", "AAAA", "CNAME"].includes(facts.type));
    return addresses.flatMap(({ name: wildcard, urn, facts }) => {
      if (!facts.name.startsWith("*")) return [];
      const suffix = facts.name.slice(1);
      const others = addresses.filter((other) => other.urn !== urn && other.facts.zoneId === facts.zoneId);
      const twins = others.filter((other) => other.facts.name === facts.name && other.facts.type === facts.type && other.urn > urn);
      const covered = others.filter((other) => !other.facts.name.startsWith("*") && isBelow(other.facts.name, suffix));
      return [
        ...twins.map((twin) => ({
          found: `${facts.name} in ${wildcard} and in ${twin.name}`,
          limit: "1 record of a name and type",
          cure: `Remove ${twin.name}.`,
        })),
        ...when(covered.length > 0, {
          found: `${covered.map((other) => other.facts.name).join(", ")} beside ${facts.name}`,
          limit: `the one record ${facts.name}; ${quote(limits.cloudflare.dnsRecords)}`,
          cure: `Remove ${covered.map((other) => other.name).join(", ")}: the wildcard answers for ${covered.length === 1 ? "it" : "them"}.`,
        }),
      ];
    });
  },
});

/** Shape: suffix is what follows the star, `.home.example.org`; a bare star covers whatever has no dot. */
const isBelow = (name: string, suffix: string) => (suffix === "" ? !name.includes(".") && name !== "@" : name.endsWith(suffix) && name.length > suffix.length);
