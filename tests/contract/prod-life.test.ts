import { existsSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { OracleApi } from "../../infra/claim/oracle-api.ts";
import { adoptLost } from "../../infra/cli/adopt.ts";
import { ensureNetwork } from "../../infra/cli/claim.ts";
import { endEverything, type Ending } from "../../infra/cli/everything.ts";
import { addresses } from "../../infra/rehearsal/addresses.ts";
import { createResource } from "../../infra/rehearsal/clouds.ts";
import { setUp } from "../../infra/setup/index.ts";
import { createProgress } from "../../infra/setup/progress.ts";
import { CloudScene, type QuietStack } from "../support/clouds.ts";

// A machine that was claimed, and the end of a home, by the real engine with the real policies against simulated clouds.
jest.setTimeout(600_000);
let printed: string[] = [];
jest.spyOn(console, "log").mockImplementation((line: unknown) => void printed.push(String(line)));

let scene: CloudScene;
let storage: Server;
/** What the bucket at Oracle holds; its simulated service lists and deletes. */
let objects: string[] = [];

beforeAll(async () => {
  scene = new CloudScene(await setUp(createProgress(process.stderr)));
  const stack = await scene.start();
  await stack.select();
  scene.keep("nothing");
  storage = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "", "http://oracle").pathname);
    if (request.method === "DELETE") objects = objects.filter((name) => !path.endsWith(`/o/${name}`));
    const answer = path.endsWith("/u") ? [] : { objects: objects.map((name) => ({ name })) };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => storage.listen(0, "127.0.0.1", resolve));
}, 600_000);
afterAll(async () => {
  storage.close();
  await scene.end();
});

const machine = "oci:Core/instance:Instance";
const claimedInstanceId = "ocid1.instance.oc1.eu-zurich-1.claimed";

/** As Oracle tells of a machine that a claim has got: the same one in words of its own. */
function claim(): void {
  scene.change((clouds) => {
    const [subnet] = Object.values(clouds.resources).filter(({ type }) => type === "oci:Core/subnet:Subnet");
    const { clouds: next, resource } = createResource(clouds, machine, {
      compartmentId: "ocid1.compartment.oc1..aaaa",
      availabilityDomain: "Uocm:EU-ZURICH-1-AD-1",
      faultDomain: "FAULT-DOMAIN-2",
      displayName: "freehold-prod-vm",
      freeformTags: { "freehold.stack": "freehold-prod" },
      shape: "VM.Standard.A1.Flex",
      shapeConfig: { ocpus: 2, memoryInGbs: 12, vcpus: 2, networkingBandwidthInGbps: 2 },
      sourceDetails: { sourceType: "image", sourceId: "ocid1.image.oc1.eu-zurich-1.aaaa", bootVolumeSizeInGbs: "50", kmsKeyId: "" },
      createVnicDetails: { subnetId: subnet?.id, assignPublicIp: "false", hostnameLabel: "home", displayName: "freehold-prod-vm" },
      metadata: { ssh_authorized_keys: "ssh-ed25519 AAAA", user_data: "…" },
      instanceOptions: { areLegacyImdsEndpointsDisabled: true },
      availabilityConfig: { recoveryAction: "RESTORE_INSTANCE", isLiveMigrationPreferred: false },
      state: "RUNNING",
    });
    const { [resource.id]: made, ...resources } = next.resources;
    if (made === undefined) throw new Error("The machine was not made.");
    return { ...next, resources: { ...resources, [claimedInstanceId]: { ...made, id: claimedInstanceId } } };
  });
}

const vms = () => scene.all(machine).map(({ id }) => id);

test("a machine that was claimed is taken over as it is, with or without the command's help; a stopped one is started", async () => {
  scene.goBackTo("nothing");
  const settings = scene.configure();
  const stack = await scene.start();
  // The claim makes the network alone.
  let subnet = "";
  await stack.show(ensureNetwork(stack, settings).then((id) => void (subnet = id)));
  expect(scene.all("oci:Core/subnet:Subnet").map(({ id }) => id)).toEqual([subnet]);
  expect(vms()).toEqual([]);
  claim();
  scene.keep("claimed");
  const claimed = scene.configure({ claimedInstanceId, faultDomain: "FAULT-DOMAIN-2" });
  await stack.show(stack.up(claimed));
  expect([vms(), await stack.leftToDo()]).toEqual([[claimedInstanceId], ""]);

  scene.goBackTo("claimed");
  await stack.show(adoptLost(stack, claimed));
  await stack.show(stack.up(claimed));
  expect([vms(), await stack.leftToDo()]).toEqual([[claimedInstanceId], ""]);

  const after = await scene.start("reclaimed-vm");
  await after.show(after.up(claimed));
  expect(scene.all(machine).map(({ id, outputs }) => [id, outputs["state"]])).toEqual([[claimedInstanceId, "RUNNING"]]);
});

function ending(stack: QuietStack, changes: Partial<Ending> = {}): Ending {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return {
    stack,
    settings: scene.configure(),
    yes: "prod",
    ask: undefined,
    home: () => Promise.reject(new Error("away")),
    environment: { FREEHOLD_HOME: join(scene.folder, "data") },
    oracle: () => new OracleApi({ tenancyId: "t", userId: "u", fingerprint: "f", privateKey: key }),
    storage: `http://127.0.0.1:${(storage.address() as AddressInfo).port}`,
    ...changes,
  };
}

test("down --everything names what is lost, wants the stack's name, goes on where it was cut off, and leaves nothing", async () => {
  scene.goBackTo("nothing");
  const settings = scene.configure();
  const keyFile = join(scene.folder, "data/keys/prod.key");
  writeFileSync(keyFile, "k".repeat(43));
  let stack = await scene.start();
  await stack.show(stack.up(settings));
  const before = scene.clouds;
  objects = ["home/config", "home/data/aa"];
  scene.change((clouds) => {
    const bucket = Object.values(clouds.resources).find(({ type }) => type === "gcp:storage/bucket:Bucket");
    if (bucket === undefined) throw new Error("There is no bucket.");
    return { ...clouds, resources: { ...clouds.resources, [bucket.id]: { ...bucket, outputs: { ...bucket.outputs, objects: 7 } } } };
  });

  printed = [];
  await expect(endEverything(ending(stack, { yes: "dev" }))).rejects.toThrow('"dev" is not prod; nothing was taken away.');
  await expect(endEverything(ending(stack, { yes: undefined }))).rejects.toThrow("Nobody is there to be asked");
  const said = printed.join("\n");
  for (const loss of [
    "freehold-prod-data (100 GB)",
    `reserved address ${addresses.home}`,
    "freehold-prod-hourly",
    "my-home-123456-freehold-prod",
    "*.home.example.org",
    keyFile,
  ])
    expect(said).toContain(loss);
  expect(Object.keys(scene.clouds.resources)).toEqual(Object.keys(before.resources));
  expect(objects).toHaveLength(2);

  // A cloud gives up in the middle.
  stack = await scene.start("too-many-requests=1@12");
  await expect(endEverything(ending(stack))).rejects.toMatchObject({ cure: expect.stringContaining("goes on where it stopped") });
  expect(existsSync(keyFile)).toBe(true);

  stack = await scene.start();
  const asked: string[] = [];
  await stack.show(endEverything(ending(stack, { yes: undefined, ask: async (question) => (asked.push(question), "prod") })));
  expect(asked).toHaveLength(1);
  const cloudsOwn = Object.values(scene.clouds.resources).filter(({ type }) => /^(oci|gcp|cloudflare):/.test(type));
  expect([cloudsOwn, objects, existsSync(keyFile)]).toEqual([[], [], false]);
  expect((await stack.quietly("stack", "ls", "--json")).stdout).not.toContain('"prod"');
});
