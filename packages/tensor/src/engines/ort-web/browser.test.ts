import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Trajectory,
  TRAJECTORY_TOLERANCE,
  trajectoryError,
  trajectoryOn,
} from "../../testing/trajectory.js";
import { referenceEngine } from "../reference.js";
import { ortWebFiles } from "./runtime.js";

const executablePath = process.env.HERMES_CHROMIUM ?? "/usr/bin/chromium";
const hasChromium = existsSync(executablePath);
const skipped = hasChromium ? "" : ` [skipped: no ${executablePath}; HERMES_CHROMIUM names another]`;

const require = createRequire(import.meta.url);
/** Folders under which the page finds the compiled package and its dependencies. */
const folders = {
  tensor: fileURLToPath(new URL("../../../dist", import.meta.url)),
  ort: dirname(require.resolve("onnxruntime-web/wasm")),
  noble: dirname(require.resolve("@noble/hashes/sha2.js")),
  protobuf: join(dirname(require.resolve("protobufjs/light.js")), "dist/light"),
} as const;

const importMap = {
  imports: {
    "@noble/hashes/": "/noble/",
    "protobufjs/light.js": "/protobuf/protobuf.js?module",
    "onnxruntime-web/wasm": "/ort/ort.wasm.bundle.min.mjs",
    "onnxruntime-web/webgpu": "/ort/ort.webgpu.bundle.min.mjs",
  },
};

const page = `<!doctype html><meta charset="utf-8"><title>Hermes</title><link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify(importMap)}</script>
<body><script type="module" src="/tensor/testing/browser-page.js"></script></body>`;

const contentTypes: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

async function contentOf({
  pathname,
  searchParams,
}: URL): Promise<{ type: string; body: string | Uint8Array }> {
  if (pathname === "/") return { type: "text/html", body: page };
  const [, folder, ...rest] = normalize(pathname).split("/");
  const root = Object.entries(folders).find(([name]) => name === folder)?.[1];
  const type = contentTypes[/\.\w+$/.exec(pathname)?.[0] ?? ""];
  if (root === undefined || type === undefined) throw new Error(`nothing at ${pathname}`);
  const body = await readFile(join(root, ...rest));
  // The only dependency that is no ECMAScript module.
  if (searchParams.has("module")) {
    return {
      type,
      body: `const module = { exports: {} };\n${body.toString()}\nexport default module.exports;`,
    };
  }
  return { type, body };
}

/** @param isolation whether the page may share memory between threads */
async function serve(isolation: "isolated" | "shared"): Promise<Server> {
  const headers: Record<string, string> =
    isolation === "isolated"
      ? { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" }
      : {};
  const server = createServer(async (request, response) => {
    try {
      const { type, body } = await contentOf(new URL(request.url ?? "/", "http://localhost"));
      response.writeHead(200, { ...headers, "Content-Type": type }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** Compiling WebGPU's shaders takes a software driver seven seconds of a core that others may want too. */
const PAGE_TIMEOUT_MS = 110_000;
const TEST_TIMEOUT_MS = 120_000;

interface PageResult {
  readonly engine?: string;
  readonly trajectory?: Trajectory;
  readonly error?: string;
}

async function runPage(
  browser: Browser,
  query: Readonly<Record<string, string>>,
  isolation: "isolated" | "shared" = "isolated",
): Promise<PageResult & { readonly requested: readonly string[] }> {
  const server = await serve(isolation);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const tab = await browser.newPage();
  const requested: string[] = [];
  const troubles: string[] = [];
  tab.on("request", (request) => requested.push(request.url()));
  tab.on("pageerror", (error) => troubles.push(String(error)));
  tab.on("requestfailed", (request) => troubles.push(`no ${request.url()}`));
  try {
    await tab.goto(`http://127.0.0.1:${port}/?${new URLSearchParams(query)}`);
    const text = await tab.locator("output").textContent({ timeout: PAGE_TIMEOUT_MS });
    return { ...JSON.parse(text ?? "{}"), requested };
  } catch (error) {
    throw new Error(`the page gave no result: ${troubles.join("; ") || "no error in the page"}`, {
      cause: error,
    });
  } finally {
    await tab.close();
    server.closeAllConnections();
    server.close();
  }
}

const quiet = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

describe.skipIf(!hasChromium)(`ONNX Runtime Web in Chromium${skipped}`, () => {
  let browser: Browser;
  let wanted: Trajectory;
  beforeAll(async () => {
    [browser, wanted] = await Promise.all([
      chromium.launch({ executablePath, args: [...quiet, "--disable-gpu"] }),
      trajectoryOn(referenceEngine()),
    ]);
  });
  afterAll(() => browser?.close());

  it.each(["1", "2"])("trains as the reference does on wasm with %s threads", async (threads) => {
    const { engine, trajectory, error } = await runPage(browser, { provider: "wasm", threads });
    expect(error).toBeUndefined();
    expect(engine).toBe("ort-web (wasm)");
    expect(trajectoryError(trajectory!, wanted)).toBeLessThan(TRAJECTORY_TOLERANCE);
  });

  it("takes its wasm files from where it is told", async () => {
    const result = await runPage(browser, { provider: "wasm", threads: "1", wasmPaths: "/ort/./" });
    expect(result.error).toBeUndefined();
    for (const file of ortWebFiles("wasm")) {
      expect(result.requested.some((url) => url.endsWith(`/ort/${file}`))).toBe(true);
    }
  });

  it("names the provider that is there when WebGPU is not", async () => {
    const { error } = await runPage(browser, { provider: "webgpu" });
    expect(error).toMatch(/^EngineError: ortWebEngine: got provider webgpu; wanted one of wasm;/);
  });

  it("refuses threads on a page without the headers, and does with one", async () => {
    const refused = await runPage(browser, { provider: "wasm", threads: "2" }, "shared");
    expect(refused.error).toMatch(/not cross-origin isolated.*Cross-Origin-Opener-Policy/);
    const { trajectory, error } = await runPage(browser, { provider: "wasm" }, "shared");
    expect(error).toBeUndefined();
    expect(trajectoryError(trajectory!, wanted)).toBeLessThan(TRAJECTORY_TOLERANCE);
  });
});

const swiftShader = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
];

describe.skipIf(!hasChromium)(`WebGPU in Chromium, in software${skipped}`, () => {
  it("trains as the reference does", { timeout: TEST_TIMEOUT_MS }, async () => {
    const browser = await chromium.launch({ executablePath, args: [...quiet, ...swiftShader] });
    try {
      const { trajectory, error, engine } = await runPage(browser, { provider: "webgpu" });
      expect(error).toBeUndefined();
      expect(engine).toBe("ort-web (webgpu)");
      const wanted = await trajectoryOn(referenceEngine());
      expect(trajectoryError(trajectory!, wanted)).toBeLessThan(TRAJECTORY_TOLERANCE);
    } finally {
      await browser.close();
    }
  });
});
