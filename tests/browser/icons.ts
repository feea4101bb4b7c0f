import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright-core";

const folder = join(import.meta.dirname, "../../runtime/console/web/public");

/** The logo's sizes that browsers and phones ask for. A maskable one fills its square, for phones cut a shape of their own out of it. */
export const icons = [
  { name: "icon-192.png", size: 192, isMaskable: false },
  { name: "icon-512.png", size: 512, isMaskable: false },
  { name: "icon-maskable-512.png", size: 512, isMaskable: true },
  { name: "apple-touch-icon.png", size: 180, isMaskable: true },
] as const;

/** Draws the logo with a real browser. Shape: PNG. */
export async function drawIcons(executablePath: string): Promise<Map<string, Buffer>> {
  const logo = await readFile(join(folder, "icon.svg"), "utf8");
  const filling = logo.replace(' rx="8"', "").replace("<path ", '<path transform="translate(16 16) scale(.74) translate(-16 -16)" ');
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const drawn = new Map<string, Buffer>();
    for (const { name, size, isMaskable } of icons) {
      const page = await browser.newPage({ viewport: { width: size, height: size } });
      await page.setContent(
        `<style>html,body{margin:0;background:transparent}svg{display:block;width:${size}px;height:${size}px}</style>${isMaskable ? filling : logo}`,
      );
      drawn.set(name, await page.screenshot({ omitBackground: true }));
      await page.close();
    }
    return drawn;
  } finally {
    await browser.close();
  }
}

if (import.meta.main) {
  for (const [name, png] of await drawIcons(process.env["CHROMIUM"] ?? "/usr/bin/chromium")) await writeFile(join(folder, name), png);
}
