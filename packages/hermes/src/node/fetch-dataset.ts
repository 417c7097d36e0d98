import { stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type FetchSource, type FetchSourceName, fetchSources } from "../data/fetch-sources.js";
import { UserError } from "../errors.js";
import { isThere, readFetchLock } from "./fetch-lock.js";
import { type FetchFileRequest, fetchFile } from "./fetch-file.js";
import { sha256File } from "./sha256-file.js";
import { unzip } from "./unzip.js";
import { writeFileAtomic } from "./write-file-atomic.js";

export interface FetchDatasetRequest
  extends Pick<FetchFileRequest, "onProgress" | "signal" | "retryDelaysMs" | "stallTimeoutMs"> {
  readonly name: FetchSourceName;
  /** Folder for the archive, its lock file and the unpacked set. */
  readonly out: string;
  /** Instead of the official address. */
  readonly url?: string | undefined;
  /** Lower-case hex; checked before anything is unpacked. */
  readonly sha256?: string | undefined;
}

export interface FetchedDataset {
  readonly archive: string;
  /** The unpacked set. */
  readonly folder: string;
  readonly sha256: string;
  /** Against what the archive was checked; `recorded`: against nothing, this is the first fetch. */
  readonly checked: "given" | "lock" | "recorded";
  readonly download: "done" | "already there";
  readonly unpacked: "done" | "already there";
}

const lockSchema = z.strictObject({
  url: z.string(),
  sha256: z.string().length(64),
  bytes: z.number().int(),
});
type Lock = z.output<typeof lockSchema>;

/**
 * Downloads a public set, checks it and unpacks it. Running it again does only what is missing.
 *
 * @throws UserError if the archive is not what was asked for or fetched before
 */
export async function fetchDataset(request: FetchDatasetRequest): Promise<FetchedDataset> {
  const source: FetchSource = fetchSources[request.name];
  const url = request.url ?? source.url;
  const archive = join(request.out, source.fileName);
  const lockPath = `${archive}.lock.json`;
  const lock = await readFetchLock(lockPath, lockSchema);
  const download = (await isThere(archive)) ? "already there" : "done";
  if (download === "done") await fetchFile({ ...request, url, path: archive, page: source.page });
  const sha256 = await sha256File(archive);
  const expected = request.sha256?.toLowerCase() ?? lock?.sha256;
  if (expected !== undefined && expected !== sha256) throw otherContent(archive, sha256, expected, lockPath);
  if (lock?.sha256 !== sha256) {
    const { size } = await stat(archive);
    await writeFileAtomic(
      lockPath,
      `${JSON.stringify({ url, sha256, bytes: size } satisfies Lock, undefined, 1)}\n`,
    );
  }
  const folder = join(request.out, source.fileName.replace(/\.zip$/, ""));
  const unpacked = (await isThere(folder)) ? "already there" : "done";
  if (unpacked === "done") await unzip(archive, folder, request.signal);
  const checked = request.sha256 !== undefined ? "given" : lock !== undefined ? "lock" : "recorded";
  return { archive, folder, sha256, checked, download, unpacked };
}

function otherContent(archive: string, sha256: string, expected: string, lockPath: string): UserError {
  return UserError.of(
    archive,
    `SHA-256 ${sha256}`,
    expected,
    `delete the archive and fetch it again; if the publisher changed it on purpose, delete ${lockPath} too`,
  );
}
