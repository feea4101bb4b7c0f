import type { core } from "@pulumi/oci";
import type { Unwrap } from "@pulumi/pulumi";
import { limits } from "./limits.ts";

export type SecurityProps = Partial<Unwrap<core.SecurityListArgs>> & Partial<Unwrap<core.NetworkSecurityGroupSecurityRuleArgs>>;

/** Who is let in to what. Shape: protocol is its IANA number as text, or `all`; no min means all ports. */
export interface Ingress {
  protocol: string | undefined;
  source: string | undefined;
  min: number | undefined;
  max: number | undefined;
  icmpType: number | undefined;
  icmpCode: number | undefined;
}

interface RuleProps {
  protocol?: string | undefined;
  source?: string | undefined;
  tcpOptions?: Ports;
  udpOptions?: Ports;
  icmpOptions?: { type?: number | undefined; code?: number | undefined } | undefined;
}

type Ports = { min?: number | undefined; max?: number | undefined; destinationPortRange?: { min: number; max: number } | undefined } | undefined;

/** The ingress rules of a security list, or the one rule of a security group, in one form. */
export function ingressOf({ ingressSecurityRules, direction, ...rule }: SecurityProps): Ingress[] {
  if (direction !== undefined) return direction === "EGRESS" ? [] : [normal(rule)];
  return (ingressSecurityRules ?? []).map(normal);
}

function normal({ protocol, source, tcpOptions, udpOptions, icmpOptions }: RuleProps): Ingress {
  const ports = tcpOptions ?? udpOptions;
  const range = ports?.destinationPortRange ?? ports;
  return { protocol, source, min: range?.min, max: range?.max, icmpType: icmpOptions?.type, icmpCode: icmpOptions?.code };
}

/** Whether a source is too wide to be an owner's address; the whole Internet may also be written as two halves. */
export function coversMuchOfTheInternet(source: string | undefined): boolean {
  const [, address, bits] = /^([0-9a-fA-F.:]+)\/(\d+)$/.exec(source ?? "") ?? [];
  if (address === undefined) return false;
  const { ipv4, ipv6 } = limits.home.ownersPrefixBits.value;
  return Number(bits) < (address.includes(":") ? ipv6 : ipv4);
}
