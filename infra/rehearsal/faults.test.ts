import { expect, test } from "@jest/globals";
import { createResource, emptyClouds, type Clouds } from "./clouds.ts";
import { drawFaults, faultNames, readFaults, Strikes, writeFaults } from "./faults.ts";

const machine = "oci:Core/instance:Instance";

function withHome(): Clouds {
  const add = (clouds: Clouds, type: string, inputs: Record<string, unknown>) => createResource(clouds, type, inputs).clouds;
  const place = { compartmentId: "c", availabilityDomain: "a" };
  let clouds = add(emptyClouds(), machine, { ...place, shape: "VM.Standard.A1.Flex", shapeConfig: { ocpus: 2, memoryInGbs: 12 }, state: "RUNNING" });
  clouds = add(clouds, "oci:Core/volume:Volume", { ...place, sizeInGbs: "100" });
  clouds = add(clouds, "oci:Core/volumeAttachment:VolumeAttachment", { attachmentType: "paravirtualized", instanceId: "instance-1", volumeId: "volume-2" });
  clouds = add(clouds, "oci:Core/publicIp:PublicIp", { compartmentId: "c", lifetime: "RESERVED", privateIpId: "ocid1.privateip.oc1..instance-1" });
  return add(clouds, "docker:index/container:Container", { image: "i", name: "n" });
}
const idsOf = (clouds: Clouds) => Object.keys(clouds.resources);

test("faults are read as they are written, and a name that is none is refused", () => {
  const text = "out-of-capacity=2@0,lost-answer=1@3/Volume";
  expect(writeFaults(readFaults(text))).toBe(text);
  expect(readFaults("slow-dns")).toEqual([{ name: "slow-dns", times: 1, spare: 0 }]);
  expect(() => readFaults("out-of-luck")).toThrow("there are out-of-capacity");
});

test("the same seed draws the same faults, and the first 50 draw every one that there is", () => {
  expect(readFaults("seed=7")).toEqual(drawFaults(7));
  const drawn = Array.from({ length: 50 }, (_, seed) => drawFaults(seed + 1)).flat();
  expect(new Set(drawn.map(({ name }) => name))).toEqual(new Set(faultNames));
});

test("a fault spares as many calls as it was told, strikes as often, and only where it was told", () => {
  const strikes = new Strikes(readFaults("out-of-capacity=2@1,lost-answer/Volume"));
  const asked = Array.from({ length: 4 }, () => strikes.refusal("create", machine));
  expect(asked).toEqual([undefined, "500-InternalError, Out of host capacity.", "500-InternalError, Out of host capacity.", undefined]);
  expect(strikes.refusal("create", "docker:index/container:Container")).toBeUndefined();
  expect([machine, "oci:Core/volume:Volume", "oci:Core/volume:Volume"].map((type) => strikes.losesAnswer(type))).toEqual([false, true, false]);
});

test("a machine that is taken away leaves its volume and its address, unbound", () => {
  const after = new Strikes(readFaults("terminated-vm")).before(withHome());
  expect(idsOf(after)).toEqual(["volume-2", "publicip-4", "container-5"]);
  expect(after.resources["publicip-4"]?.outputs).not.toHaveProperty("privateIpId");
});

test("a volume that is lost takes Docker's things with it, and a machine that is stopped says so", () => {
  expect(idsOf(new Strikes(readFaults("lost-volume")).before(withHome()))).toEqual(["instance-1", "publicip-4"]);
  expect(new Strikes(readFaults("reclaimed-vm")).before(withHome()).resources["instance-1"]?.outputs["state"]).toBe("STOPPED");
});
