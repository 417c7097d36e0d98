import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DecodedImage } from "../data/raster.js";
import { exportModel } from "../export/export-model.js";
import { encodePng } from "./image-codec.js";
import { loadModel } from "./load-model.js";
import { blobImage, makeCard, randomNetwork } from "./testing/random-network.js";

const executablePath = process.env.HERMES_CHROMIUM ?? "/usr/bin/chromium";
const server = fileURLToPath(new URL("../../../../examples/browser/server.mjs", import.meta.url));
const built = fileURLToPath(new URL("../../dist/web/index.js", import.meta.url));
const missing = [executablePath, built].filter((path) => !existsSync(path));
const skipped = missing.length === 0 ? "" : ` [skipped: no ${missing.join(", no ")}]`;

const arguments_ = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"];

interface PageAnswer {
  readonly mask: readonly number[];
  readonly classProbs: readonly number[];
  readonly lesion: readonly number[];
  readonly maskConfidence: number;
}

/** As text: the page imports by its own map. */
const predictInPage = `async ({ pixels, ...size }) => {
  const { loadModel } = await import("@hermes-us/hermes/web");
  const file = new Uint8Array(await (await fetch("/model.onnx")).arrayBuffer());
  const model = await loadModel(file, { wasmPaths: "/ort/" });
  const { mask, classProbs, maps, maskConfidence } = await model.predict({ ...size, data: Uint8Array.from(pixels) });
  return { mask: [...mask], classProbs: [...classProbs.values()], lesion: [...maps.lesionProbs], maskConfidence };
}`;

async function addressOf(child: ChildProcess): Promise<string> {
  for await (const line of child.stdout!) return String(line).trim();
  throw new Error("the server did not start");
}

describe.skipIf(missing.length > 0)(`the demo page in Chromium${skipped}`, () => {
  const card = makeCard(64, "letterbox");
  const bytes = exportModel({ ...randomNetwork(64), card });
  let folder = "";
  const servers: ChildProcess[] = [];
  let browser: Browser;
  let page: Page;
  const requests: { readonly method: string; readonly host: string }[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hermes-demo-"));
    browser = await chromium.launch({ executablePath, args: arguments_ });
    page = await browser.newPage({ viewport: { width: 1000, height: 900 } });
    page.on("request", (request) => {
      requests.push({ method: request.method(), host: new URL(request.url()).host });
    });
    await open(page, bytes);
  });
  afterAll(async () => {
    await browser?.close();
    for (const child of servers) child.kill();
    await rm(folder, { recursive: true, force: true });
  });

  /** Serves the page with this model, and waits until it has loaded it. */
  async function open(there: Page, model: Uint8Array): Promise<void> {
    const path = join(folder, `model${servers.length}.onnx`);
    await writeFile(path, model);
    const child = spawn(process.execPath, [server, path, "0"], { stdio: ["ignore", "pipe", "inherit"] });
    servers.push(child);
    await there.goto(await addressOf(child));
    await there.getByText("Ready.").waitFor({ timeout: 40_000 });
  }

  async function writePicture(image: DecodedImage, name: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, await encodePng(image));
    return path;
  }

  it.each([
    [150, 110, 3],
    [31, 60, 1],
  ] as const)("gives for %d x %d pixels what Node gives", async (widthPx, heightPx, channels) => {
    const image = blobImage(widthPx, heightPx, channels, 3);
    await using model = await loadModel(bytes);
    const wanted = await model.predict(image);
    const got = await page.evaluate<PageAnswer>(
      `(${predictInPage})(${JSON.stringify({ widthPx, heightPx, channels, pixels: [...image.data] })})`,
    );
    const equal = got.mask.filter((value, i) => value === wanted.mask[i]).length;
    expect(equal / wanted.mask.length).toBeGreaterThanOrEqual(0.999);
    expect(Math.abs(got.classProbs[1]! - wanted.classProbs.get("malignant")!)).toBeLessThan(1e-3);
    expect(got.maskConfidence).toBeCloseTo(wanted.maskConfidence, 3);
    const largest = Math.max(...got.lesion.map((p, i) => Math.abs(p - wanted.maps.lesionProbs![i]!)));
    expect(largest).toBeLessThan(1e-3);
  });

  it("shows the result of a dropped image, and sends nothing anywhere", async () => {
    const before = requests.length;
    const path = await writePicture(blobImage(200, 150, 1, 4), "scan.png");
    await page.locator("#file").setInputFiles(path);
    await page.getByText("200 x 150 pixels in").waitFor({ timeout: 20_000 });
    expect(await page.locator("#numbers tr").count()).toBe(4);
    expect(await page.locator("#verdict").textContent()).toMatch(/benign|malignant/);
    const colours = await page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>("#outlined")!;
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      return data.filter((_, i) => i % 4 === 0 && data[i] === 0 && data[i + 1] === 220 && data[i + 2] === 255)
        .length;
    });
    expect(colours).toBeGreaterThan(0);
    const after = requests.slice(before);
    expect(after.filter(({ method, host }) => method !== "GET" || !host.startsWith("127.0.0.1"))).toEqual([]);
    if (process.env.HERMES_SCREENSHOT !== undefined)
      await page.screenshot({ path: process.env.HERMES_SCREENSHOT });
  });

  it("gives no class where nothing is outlined", async () => {
    await using other = await browser.newPage();
    await open(other, exportModel({ ...randomNetwork(64), card: { ...card, maskThreshold: 1 } }));
    const path = await writePicture(blobImage(60, 50, 1, 4), "nothing.png");
    await other.locator("#file").setInputFiles(path);
    await other.getByText("60 x 50 pixels in").waitFor({ timeout: 20_000 });
    expect(await other.locator("#verdict").textContent()).toMatch(/^Nothing outlined/);
  });

  it("takes an image that is dropped", async () => {
    const pixels = [...(await encodePng(blobImage(70, 50, 3, 5)))];
    await page.evaluate((data) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(data)], "dropped.png", { type: "image/png" }));
      const event = new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
      document.querySelector("#drop")!.dispatchEvent(event);
    }, pixels);
    await page.getByText("70 x 50 pixels in").waitFor({ timeout: 20_000 });
  });

  it("says what is wrong with a file that is no image", async () => {
    const path = join(folder, "notes.png");
    await writeFile(path, "no image");
    await page.locator("#file").setInputFiles(path);
    await page.getByText(/^notes\.png: /).waitFor({ timeout: 20_000 });
    expect(await page.locator("#result").isVisible()).toBe(false);
  });
});
