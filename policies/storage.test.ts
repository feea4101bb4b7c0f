import { expect, test } from "@jest/globals";
import { goodBlockVolume, goodBucket, goodInstance, goodOracleBucket, judge, unknownMarker, type Resource } from "./fixtures.ts";
import { blockTotal, objectStoragePrivate, volumeBackups, volumePerformance, volumeProtected, volumeSize } from "./storage.ts";

const boot = (bootVolumeSizeInGbs?: string) =>
  goodInstance({ sourceDetails: { sourceType: "image", ...(bootVolumeSizeInGbs === undefined ? {} : { bootVolumeSizeInGbs }) } });

test("150 GB of data and a boot volume of the default size fill the allowance exactly", () => {
  expect(judge(blockTotal, [boot(), goodBlockVolume({ sizeInGbs: "150" })])).toEqual([]);
});

test.each([
  ["a data volume that forgets the boot volume", [boot(), goodBlockVolume({ sizeInGbs: "151" })], "201 GB: vm 50 GB, data 151 GB"],
  ["two instances with data", [boot("100"), boot("50"), goodBlockVolume({ sizeInGbs: "51" })], "201 GB"],
  ["a cloned boot volume", [boot(), { ...goodBlockVolume({ sizeInGbs: "200" }), type: "oci:Core/bootVolume:BootVolume" }], "250 GB"],
  ["a size that is no number", [goodBlockVolume({ sizeInGbs: "lots" })], "NaN GB"],
  ["a size that the preview does not know", [boot(), goodBlockVolume({ sizeInGbs: unknownMarker })], "sizeGb: not known"],
])("%s is refused", (_what, resources, found) => {
  expect(judge(blockTotal, resources)).toEqual([expect.stringContaining(found)]);
});

test.each([
  ["without a size", volumeSize, goodBlockVolume({ sizeInGbs: undefined }), "sizeInGbs = not set"],
  ["of no size", volumeSize, goodBlockVolume({ sizeInGbs: "0" }), "sizeInGbs = 0"],
  ["that is faster", volumePerformance, goodBlockVolume({ vpusPerGb: "20" }), "20 VPU/GB"],
  ["that is a faster boot volume", volumePerformance, goodInstance({ sourceDetails: { sourceType: "image", bootVolumeVpusPerGb: "30" } }), "30 VPU/GB"],
  ["that tunes itself", volumePerformance, goodBlockVolume({ autotunePolicies: [{ autotuneType: "PERFORMANCE_BASED" }] }), "autotuning is on"],
  ["without protection", volumeProtected, goodBlockVolume({}, { protect: false }), "protect is not set"],
])("a volume %s is refused", (_what, policy, resource, found) => {
  expect(judge(policy, [resource])).toEqual([expect.stringContaining(found)]);
});

test("a bucket of backups must be protected like a volume", () => {
  expect(judge(volumeProtected, [goodBucket({}, { protect: false }), goodOracleBucket({}, { protect: false })])).toHaveLength(2);
});

const backup: Resource = { type: "oci:Core/volumeBackup:VolumeBackup", name: "once", props: {} };
const assignment: Resource = {
  type: "oci:Core/volumeBackupPolicyAssignment:VolumeBackupPolicyAssignment",
  name: "weekly-data",
  props: { policyId: unknownMarker },
};
const schedule = (period: string, days: number): Resource => ({
  type: "oci:Core/volumeBackupPolicy:VolumeBackupPolicy",
  name: "schedule",
  props: { schedules: [{ backupType: "INCREMENTAL", period, retentionSeconds: days * 86_400 }] },
});

test("three weekly backups of one volume and one made by hand stay inside the allowance", () => {
  expect(judge(volumeBackups, [schedule("ONE_WEEK", 21), assignment, backup])).toEqual([]);
});

test.each([
  ["daily backups kept for a week", [schedule("ONE_DAY", 7), assignment], "7 backups"],
  ["weekly backups of two volumes", [schedule("ONE_WEEK", 21), assignment, assignment], "6 backups"],
  ["six made by hand", Array.from({ length: 6 }, () => backup), "6 backups: 6 made once"],
  ["an unheard-of period", [schedule("ONE_MOMENT", 1), assignment], "86400 backups"],
])("%s are too many", (_what, resources, found) => {
  expect(judge(volumeBackups, resources)).toEqual([expect.stringContaining(found)]);
});

test.each(["ObjectRead", "ObjectReadWithoutList", unknownMarker])("a bucket of OCI Object Storage with the access type %s is refused", (accessType) => {
  expect(judge(objectStoragePrivate, [goodOracleBucket({ accessType })])).toHaveLength(1);
});
