import { expect, test } from "@jest/globals";
import { goodBucket, goodMember, judge, unknownMarker } from "./fixtures.ts";
import { gcsForceDestroy, gcsLifecycle, gcsLocation, gcsNoPublicMembers, gcsPublicAccess, gcsSoftDelete, gcsUniformAccess } from "./google-storage.ts";

test.each([
  ["in a paid region", gcsLocation, { location: "EUROPE-WEST1" }, "location = EUROPE-WEST1"],
  ["in a multi-region", gcsLocation, { location: "US" }, "location = US"],
  ["in a place that the preview does not know", gcsLocation, { location: unknownMarker }, "location: not known"],
  ["with access lists of objects", gcsUniformAccess, { uniformBucketLevelAccess: undefined }, "uniformBucketLevelAccess = not set"],
  ["that may become public", gcsPublicAccess, { publicAccessPrevention: "inherited" }, "publicAccessPrevention = inherited"],
  ["that says nothing about the public", gcsPublicAccess, { publicAccessPrevention: undefined }, "publicAccessPrevention = not set"],
  ["that keeps what was deleted, as by default", gcsSoftDelete, { softDeletePolicy: undefined }, "not set, so 7 days"],
  ["that keeps what was deleted for a week", gcsSoftDelete, { softDeletePolicy: { retentionDurationSeconds: 604_800 } }, "604800"],
  ["that keeps every version", gcsSoftDelete, { versioning: { enabled: true } }, "versioning.enabled = true"],
  ["that keeps unfinished uploads", gcsLifecycle, { lifecycleRules: undefined }, "lifecycleRules: none"],
  ["that only deletes old objects", gcsLifecycle, { lifecycleRules: [{ action: { type: "Delete" }, condition: { age: 30 } }] }, "lifecycleRules: Delete"],
  ["that goes with all that is in it", gcsForceDestroy, { forceDestroy: true }, "forceDestroy = true"],
])("a Google bucket %s is refused", (_what, policy, change, found) => {
  expect(judge(policy, [goodBucket(change)])).toEqual([expect.stringContaining(found)]);
});

test("a free region may be written in small letters", () => {
  expect(judge(gcsLocation, [goodBucket({ location: "us-west1" })])).toEqual([]);
});

test.each([
  ["everybody", goodMember({ member: "allUsers" })],
  ["everybody with an account", goodMember({ member: "allAuthenticatedUsers" })],
  [
    "everybody among others",
    { ...goodMember({ member: undefined, members: ["user:owner@example.org", "allUsers"] }), type: "gcp:storage/bucketIAMBinding:BucketIAMBinding" },
  ],
])("a Google bucket shared with %s is refused", (_whom, member) => {
  expect(judge(gcsNoPublicMembers, [member])).toHaveLength(1);
});
