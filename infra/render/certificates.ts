/** Certificates of a public authority by ACME, which asks back on ports 80 and 443. */
export interface AcmeCertificates {
  from: "acme";
  email: string;
  /** Let's Encrypt unless given. */
  authority?: string;
  /** Whether tenants' hosts share one, which the edge gets by proof in the DNS; else each gets its own when it is first asked for. */
  wildcard?: boolean;
}

/** Who signs the certificates: the edge's own authority, or a public one. */
export type Certificates = { from: "own" } | AcmeCertificates;
