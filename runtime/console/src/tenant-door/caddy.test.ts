import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { navigation, startTenantHome, type TenantHome } from "../../../../tests/support/tenant-home.ts";

let home: TenantHome;
let owner: string;
beforeAll(async () => {
  home = await startTenantHome({ ids: ["u1", "u2"] });
  home.manager.add({ id: "u1" });
  home.manager.add({ id: "u2" });
  owner = await home.house.signIn();
}, 120_000);
afterAll(() => home.close());

test("the way in: from the tenant's host by the console to the page that was asked for", async () => {
  const cookie = await home.enter("u1.localhost", owner, "/chat?a=1");
  const page = await home.call("u1.localhost", "/chat?a=1", { headers: { ...navigation, cookie } });
  expect([page.status, page.text]).toEqual([200, expect.stringContaining("Tenant u1")]);
});
