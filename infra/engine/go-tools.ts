/** The programs that are built from Go modules, and how: the modules and their checksums are pinned under `go/`. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../cli/failure.ts";
import { run, tail } from "../setup/child.ts";
import type { Entry } from "../setup/cache.ts";
import { PULUMI_BUILT } from "../setup/versions.ts";

export type GoTool = {
  /** The folder under `go/` with its go.mod and go.sum. */
  module: string;
  package: string;
  version: string;
  binary: string;
  ldflags?: string;
};

const PULUMI: GoTool = {
  module: "pulumi",
  package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
  version: PULUMI_BUILT,
  binary: "pulumi",
  // Without it the engine does not know its own version.
  ldflags: `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${PULUMI_BUILT}`,
};
const BRIDGE: GoTool = {
  module: "bridge",
  package: "github.com/pulumi/pulumi-terraform-bridge/v3/dynamic",
  version: "3.127.0",
  binary: "pulumi-terraform-bridge",
};
const DOCKER_PROVIDER: GoTool = {
  module: "docker-provider",
  package: "github.com/terraform-providers/terraform-provider-docker",
  version: "20260916",
  binary: "terraform-provider-docker",
};
export const GO_TOOLS = { pulumi: PULUMI, bridge: BRIDGE, dockerProvider: DOCKER_PROVIDER } as const;

const moduleFolder = (tool: GoTool): string => join(import.meta.dirname, "go", tool.module);

/** The cache entry of a tool; its name changes with the pinned modules. */
export function goEntry(tool: GoTool, build: Entry["make"] = () => Promise.reject(new Error("not to be built here"))): Entry {
  const hash = createHash("sha256").update(JSON.stringify(tool));
  for (const file of ["go.mod", "go.sum"]) hash.update(readFileSync(join(moduleFolder(tool), file)));
  return { name: `${tool.binary}-${tool.version}-${hash.digest("hex").slice(0, 12)}`, proof: join("bin", tool.binary), make: build };
}

/** Builds a tool into `folder`/bin. Throws: Failure with the cure. */
export async function buildGoTool(go: string, tool: GoTool, { folder, onLine }: { folder: string; onLine: (line: string) => void }): Promise<void> {
  mkdirSync(join(folder, "bin"));
  let packages = 0;
  const flags = ["-buildvcs=false", "-trimpath", "-v", `-ldflags=-s -w ${tool.ldflags ?? ""}`.trim()];
  const built = await run([go, "build", ...flags, "-o", join(folder, "bin", tool.binary), tool.package], {
    cwd: moduleFolder(tool),
    // The machine's own Go settings must not decide what comes out; a newer Go is fetched as a module when one is asked for.
    env: { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "auto", GOFLAGS: "-mod=readonly", GOWORK: "off" },
    onLine: (line) => onLine(line.startsWith("go: ") ? line : `${(packages += 1)} packages, ${line}`),
  });
  if (built.code === 0) return;
  throw new Failure(`${tool.binary} ${tool.version} could not be built from Go modules:\n${tail(built.said)}`, goCure(built.said));
}

/** Reads the cure out of what Go said. */
export function goCure(said: string): string {
  if (/no space left/.test(said)) return "The disk is full: building needs 6 GB for a while, also in Go's own cache (go env GOCACHE).";
  if (/dial tcp|no such host|i\/o timeout|connection refused|Could not resolve/.test(said)) {
    return "The Go module proxy cannot be reached. Check the network, the proxy settings and `go env GOPROXY`, then run the command again; what is built stays built.";
  }
  if (/signal: killed|cannot allocate memory/.test(said))
    return "The compiler ran out of memory: it needs about 2 GB. Close something or add swap, then run the command again.";
  return "Run the command again. If it fails in the same way, install Pulumi yourself (https://www.pulumi.com/docs/install) and put it on PATH.";
}
