import type * as pulumi from "@pulumi/pulumi";
import { Image, type ImageArgs } from "./components/image.ts";

/** The services that we write: each is an image of its own over shared dependencies. */
const services = ["gateway", "bridge", "model", "worker", "manager", "console", "backup"] as const;
type ServiceName = (typeof services)[number];

/** The engines that we run: each is a folder of runtime/images. */
const engines = ["postgres", "valkey", "edge", "job", "tenant", "egress"] as const;
type EngineName = (typeof engines)[number];

export type Images = Record<ServiceName | EngineName | "bucket" | "metrics", Image>;

/** npm wants the manifest of every workspace that the lock file knows. */
const manifests = ["infra", "policies", "runtime/kernel", ...services.map((name) => `runtime/${name}`)].map((folder) => `${folder}/package.json`);

/** All images of a home. Tags are known at once, so that each may stand in the build arguments of the next. */
export function buildImages(environment: Record<string, pulumi.Input<string>>, opts: pulumi.ComponentResourceOptions): Images {
  const image = (args: ImageArgs, ...after: Image[]) => new Image(`${args.name}-image`, { ...args, environment }, { ...opts, dependsOn: after });
  const dependencies = (name: string, install: string) =>
    image({
      name,
      paths: ["package.json", "package-lock.json", ...manifests, "runtime/images/dependencies.Dockerfile"],
      dockerfile: "runtime/images/dependencies.Dockerfile",
      buildArguments: { INSTALL: install },
    });
  const shared = dependencies("dependencies", ["--omit=dev", ...["kernel", ...services].map((name) => `-w runtime/${name}`)].join(" "));
  const webUi = dependencies("web-ui-dependencies", "-w runtime/console");
  const service = (name: string, imageName = name) =>
    image(
      {
        name: imageName,
        paths: ["runtime/kernel", `runtime/${name}`, "runtime/images/service.Dockerfile"],
        dockerfile: "runtime/images/service.Dockerfile",
        buildArguments: { DEPENDENCIES: shared.tag, SERVICE: name },
      },
      shared,
    );
  const engine = (name: string) => image({ name, context: `runtime/images/${name}`, paths: ["."], dockerfile: "Dockerfile" });
  const backupBase = service("backup", "backup-service");
  const consoleBase = service("console", "console-service");
  return {
    postgres: engine("postgres"),
    valkey: engine("valkey"),
    edge: engine("edge"),
    job: engine("job"),
    tenant: engine("tenant"),
    egress: engine("egress"),
    bucket: engine("bucket"),
    metrics: image({ name: "metrics", context: "runtime", paths: ["metrics", "images/metrics"], dockerfile: "images/metrics/Dockerfile" }),
    gateway: service("gateway"),
    bridge: service("bridge"),
    model: service("model"),
    worker: service("worker"),
    manager: service("manager"),
    backup: image(
      { name: "backup", context: "runtime/images/backup", paths: ["."], dockerfile: "Dockerfile", buildArguments: { BASE: backupBase.tag } },
      backupBase,
    ),
    console: image(
      {
        name: "console",
        paths: ["tsconfig.json", "runtime/console", "runtime/kernel/src/api", "runtime/images/console"],
        dockerfile: "runtime/images/console/Dockerfile",
        buildArguments: { BASE: consoleBase.tag, DEPENDENCIES: webUi.tag },
      },
      consoleBase,
      webUi,
    ),
  };
}
