#!/usr/bin/env node
/**
 * Serves the page of this folder, a model file and the scripts that the page needs; nothing is ever sent to it.
 *
 *   node examples/browser/server.mjs model.onnx [port]
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));
const [model, port = "8080"] = process.argv.slice(2);
if (model === undefined) {
  process.stderr.write("usage: node examples/browser/server.mjs model.onnx [port]\n");
  process.exit(2);
}

const folders = {
  page: here,
  hermes: join(here, "../../packages/hermes/dist"),
  tensor: join(here, "../../packages/tensor/dist"),
  ort: dirname(require.resolve("onnxruntime-web/wasm")),
  noble: dirname(require.resolve("@noble/hashes/sha2.js")),
  protobuf: join(dirname(require.resolve("protobufjs/light.js")), "dist/light"),
  zod: dirname(require.resolve("zod")),
};

const types = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

const headers = {
  // Together they let the page share memory between threads.
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  // The browser itself holds the page to its word: no other host, no form. protobufjs compiles its readers with eval.
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; worker-src 'self' blob:; " +
    "connect-src 'self' data:; style-src 'self'; img-src 'self' blob: data:; form-action 'none'; base-uri 'none'",
};

async function contentOf({ pathname, searchParams }) {
  if (pathname === "/") return { type: types[".html"], body: await readFile(join(here, "index.html")) };
  if (pathname === "/model.onnx") return { type: "application/octet-stream", body: await readFile(model) };
  const [, folder, ...rest] = normalize(pathname).split("/");
  const type = types[extname(pathname)];
  if (!Object.hasOwn(folders, folder) || type === undefined) throw new Error(`nothing at ${pathname}`);
  const body = await readFile(join(folders[folder], ...rest));
  // protobufjs is no ECMAScript module.
  if (!searchParams.has("module")) return { type, body };
  return { type, body: `const module = { exports: {} };\n${body}\nexport default module.exports;` };
}

const server = createServer(async (request, response) => {
  if (request.method !== "GET") {
    response.writeHead(405).end();
    return;
  }
  try {
    const { type, body } = await contentOf(new URL(request.url, "http://localhost"));
    response.writeHead(200, { ...headers, "Content-Type": type }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});
server.listen(Number(port), "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}/\n`);
});
