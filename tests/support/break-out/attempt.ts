/** A container from which an attempt is made: the tenant, or one where the same does work, so that a failure means a wall and not a slip. */
export type Control =
  /** On the tenant's network, as the home's own edge. */
  | "edge"
  /** Among the databases and services of the home. */
  | "core"
  /** On Docker's usual network, with Docker's usual limits. */
  | "plain"
  /** Root with every right, and the engine's socket. */
  | "free"
  /** Where the stand-in for the Internet is. */
  | "outside"
  /** Where the stand-in for a cloud's metadata is. */
  | "metadata"
  /** The neighbour tenant. */
  | "alice";

/** One attempt to break out of a tenant's container. */
export interface Attempt {
  what: string;
  /** What bash runs; it prints BROKE OUT where the attempt came through, and nothing like it where not. */
  run: string;
  /** Where the same does come through; `run` unless another way is given. */
  works: { from: Control; run?: string } | { never: string };
}

/** Addresses and names that attempts aim at. */
export interface Targets {
  /** Of services on the core network. */
  core: string;
  /** The sibling's address on its own network. */
  sibling: string;
  /** Of this machine, on Docker's usual bridge, on its own interface and on the bridge of the core network. */
  host: { usual: string; own: string; core: string; port: number };
  internet: string;
  metadata: string;
  /** Docker's name of the sibling's container. */
  siblingName: string;
  /** The volume's folder on this machine. */
  folder: string;
  keys: { own: string; sibling: string; revoked: string; spent: string; admin: string };
}

/** Before every script: the ways of trying that many attempts share. A proxy that has no time to answer has refused nothing: it is asked again. */
export const prelude = `
tcp() { timeout 4 bash -c 'exec 3<>/dev/tcp/'"$1/$2" 2>/dev/null && echo BROKE OUT; }
proxied() { curl --silent --max-time 6 --noproxy "" --proxy http://egress:3128 "$@" 2>/dev/null; }
refused() { for try in 1 2 3; do code=$(proxied --output /dev/null --write-out '%{http_code}' "$@"); [[ $code == 000 ]] || break; done; [[ $code == 403 ]] || echo "BROKE OUT: $code"; }
tunnel() { proxied --proxytunnel "$@"; }
call() { perl -e 'require "syscall.ph" if 0; my $n = shift; my @a = map { /^-?\\d+$/ ? $_ + 0 : $_ eq "buffer" ? "\\0" x 4096 : $_ } @ARGV; my $r = syscall($n, @a); print "BROKE OUT: $r\\n" if $r >= 0' "$@"; }
writable() { for file in "$@"; do { : >>"$file"; } 2>/dev/null && echo "BROKE OUT: $file"; done; }
`;
