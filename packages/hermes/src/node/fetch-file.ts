import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { UserError } from "../errors.js";
import { writeFailure, writeFileAtomic } from "./write-file-atomic.js";

export interface FetchFileRequest {
  readonly url: string;
  /** Where the whole file ends up; until then it grows as `<path>.part`. */
  readonly path: string;
  /** Page to tell the user about when the address fails. */
  readonly page: string;
  readonly onProgress?: ((doneBytes: number, totalBytes: number | undefined) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Pauses before each further attempt; their number is the number of further attempts. */
  readonly retryDelaysMs?: readonly number[] | undefined;
  /** An attempt without a byte for so long is given up. */
  readonly stallTimeoutMs?: number | undefined;
}

/** What was known of the file when its first part came; a part is only continued if this still holds. */
const partStateSchema = z.strictObject({ url: z.string(), validator: z.string() });

const RETRY_DELAYS_MS = [1000, 3000, 10_000, 30_000];
const STALL_TIMEOUT_MS = 60_000;
const RETRIED_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Downloads a file. An interrupted download goes on where it stopped, now or at the next call, if the server says
 * that the file is still the same (ETag or Last-Modified, RFC 9110 section 13.1.5); else it begins anew.
 *
 * @throws UserError for an address that does not give the file, or a network that stays away
 */
export async function fetchFile(request: FetchFileRequest): Promise<void> {
  await mkdir(dirname(request.path), { recursive: true }).catch((error: unknown) => {
    throw writeFailure(request.path, error);
  });
  const delays = request.retryDelaysMs ?? RETRY_DELAYS_MS;
  for (let attempt = 0; ; attempt++) {
    const failure = await attemptDownload(request);
    if (failure === undefined) break;
    const delay = delays[attempt];
    if (delay === undefined) throw unreachable(request, failure);
    await sleep(delay, undefined, request.signal === undefined ? {} : { signal: request.signal });
  }
  await rename(partPath(request), request.path);
  await rm(statePath(request), { force: true });
}

function partPath({ path }: FetchFileRequest): string {
  return `${path}.part`;
}

function statePath({ path }: FetchFileRequest): string {
  return `${path}.part.json`;
}

/** @returns what went wrong in a way that may pass; `undefined` when the part is whole */
async function attemptDownload(request: FetchFileRequest): Promise<string | undefined> {
  const stall = new AbortController();
  const signal = AbortSignal.any([stall.signal, ...(request.signal === undefined ? [] : [request.signal])]);
  const timeoutMs = request.stallTimeoutMs ?? STALL_TIMEOUT_MS;
  const timer = setTimeout(() => stall.abort(), timeoutMs);
  try {
    const resume = await resumePoint(request);
    const headers: Record<string, string> = { "accept-encoding": "identity" };
    if (resume !== undefined) {
      headers.range = `bytes=${resume.bytes}-`;
      headers["if-range"] = resume.validator;
    }
    const response = await fetch(request.url, { headers, signal });
    if (RETRIED_STATUS.has(response.status)) return `the answer ${response.status}`;
    if (response.status === 416) {
      await rm(partPath(request), { force: true });
      return "the answer 416 to a continued download";
    }
    checkAnswer(request, response);
    return await saveBody(request, response, response.status === 206 ? (resume?.bytes ?? 0) : 0, () =>
      timer.refresh(),
    );
  } catch (error) {
    request.signal?.throwIfAborted();
    if (error instanceof UserError) throw error;
    if (stall.signal.aborted) return `nothing for ${timeoutMs / 1000} s`;
    if (isNetworkFailure(error)) return networkReason(error);
    throw writeFailure(request.path, error);
  } finally {
    clearTimeout(timer);
  }
}

async function resumePoint(
  request: FetchFileRequest,
): Promise<{ bytes: number; validator: string } | undefined> {
  const bytes = await stat(partPath(request)).then(
    ({ size }) => size,
    () => 0,
  );
  if (bytes === 0) return undefined;
  try {
    const state = partStateSchema.parse(JSON.parse(await readFile(statePath(request), "utf8")));
    return state.url === request.url ? { bytes, validator: state.validator } : undefined;
  } catch {
    return undefined;
  }
}

function checkAnswer(request: FetchFileRequest, response: Response): void {
  const got = !response.ok
    ? `the answer ${response.status} ${response.statusText}`.trimEnd()
    : (response.headers.get("content-type") ?? "").startsWith("text/html")
      ? "a web page"
      : undefined;
  if (got === undefined) return;
  throw UserError.of(
    request.url,
    got,
    "the archive",
    `look for its address on ${request.page} and give it with --url`,
  );
}

/** Only strong validators may continue a download byte by byte. */
function validatorOf(headers: Headers): string | undefined {
  const etag = headers.get("etag");
  if (etag !== null && !etag.startsWith("W/")) return etag;
  return headers.get("last-modified") ?? undefined;
}

async function saveBody(
  request: FetchFileRequest,
  response: Response,
  startBytes: number,
  onBytes: () => void,
): Promise<string | undefined> {
  const totalBytes = totalOf(response, startBytes);
  const validator = validatorOf(response.headers);
  if (validator === undefined) await rm(statePath(request), { force: true });
  else await writeFileAtomic(statePath(request), JSON.stringify({ url: request.url, validator }));
  let doneBytes = startBytes;
  const file = await open(partPath(request), startBytes === 0 ? "w" : "a");
  try {
    const reader = response.body?.getReader();
    for (;;) {
      const chunk = (await reader?.read())?.value;
      if (chunk === undefined) break;
      await file.writeFile(chunk);
      doneBytes += chunk.length;
      onBytes();
      request.onProgress?.(doneBytes, totalBytes);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (totalBytes === undefined || doneBytes === totalBytes) return undefined;
  return `${doneBytes} of ${totalBytes} bytes`;
}

function totalOf(response: Response, startBytes: number): number | undefined {
  const range = /\/(\d+)$/.exec(response.headers.get("content-range") ?? "");
  if (range !== null) return Number(range[1]);
  const length = response.headers.get("content-length");
  return length === null ? undefined : startBytes + Number(length);
}

/** `fetch` reports every failure of the network as a TypeError with the cause inside. */
function isNetworkFailure(error: unknown): error is TypeError {
  return error instanceof TypeError && (error.message === "fetch failed" || error.message === "terminated");
}

function networkReason(error: TypeError): string {
  const { cause } = error;
  return cause instanceof Error ? cause.message : error.message;
}

function unreachable(request: FetchFileRequest, reason: string): UserError {
  return UserError.of(
    request.url,
    reason,
    "the whole file",
    `run the same command again, it goes on where it stopped; or fetch it from ${request.page} by hand`,
  );
}
