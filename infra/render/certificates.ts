/** Who signs the certificates: the edge's own authority, or a public one by ACME, which asks back on ports 80 and 443. */
export type Certificates =
  | { from: "own" }
  | {
      from: "acme";
      email: string;
      /** Let's Encrypt unless given. */
      authority?: string;
      /** Whether tenants' hosts share one, which the edge gets by proof in the DNS; else each gets its own when it is first asked for. */
      wildcard?: boolean;
    };
