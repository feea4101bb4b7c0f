import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const name = config.require("name");
const first = { deleteBeforeReplace: true };

const network = new docker.Network("inside", { name: `${name}-inside`, internal: true }, first);
const edge = new docker.Network("edge", { name: `${name}-edge` }, first);
const volume = new docker.Volume("data", { name: `${name}-data` }, first);
const image = new docker.RemoteImage("image", { name: `${name}:1`, build: { context: "image", buildArgs: { NUMBER: "7" } }, forceRemove: true });

new docker.Container(
  "web",
  {
    name: `${name}-web`,
    image: image.imageId,
    command: ["sleep", "1000000"],
    networksAdvanced: [
      { name: network.name, aliases: ["web"] },
      { name: edge.name, aliases: ["web", "www"] },
    ],
    memory: 64,
    memorySwap: 128,
    restart: "unless-stopped",
    init: true,
    privileged: config.getBoolean("privileged") ?? false,
    user: "1000:1000",
    capabilities: { drops: ["ALL"] },
    securityOpts: ["no-new-privileges"],
    healthcheck: { tests: ["CMD", "test", "-e", "/data"], interval: "1s", timeout: "3s", retries: 3, startPeriod: "1s" },
    wait: true,
    waitTimeout: 60,
    ports: [{ internal: 80, external: 28990, ip: "127.0.0.1" }],
    mounts: [{ type: "volume", target: "/data", source: volume.name }],
    uploads: [{ file: "/etc/freehold.conf", content: "uploaded" }],
    envs: ["A=1"],
    labels: [{ label: "freehold.stack", value: name }],
    logDriver: "json-file",
    logOpts: { "max-size": "1m" },
  },
  first,
);

if (config.getBoolean("broken")) {
  new docker.Container(
    "broken",
    {
      name: `${name}-broken`,
      image: image.imageId,
      command: ["sh", "-c", "echo last words; sleep 1000"],
      memory: 64,
      memorySwap: 64,
      healthcheck: { tests: ["CMD", "false"], interval: "1s", timeout: "1s", retries: 1, startPeriod: "0s" },
      wait: true,
      waitTimeout: 6,
    },
    first,
  );
}

const said = new command.local.Command("say", {
  create: "echo line 1; docker run --rm --network none $IMAGE cat /number; sleep 1; echo line 2",
  delete: "touch deleted",
  environment: { IMAGE: image.imageId },
});
const { stdout } = said;
export { stdout as said };
