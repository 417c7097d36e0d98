import { statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export interface ArchiveServer extends AsyncDisposable {
  readonly url: string;
  /** The Range header of each request, in order; `-` for none. */
  readonly ranges: string[];
}

export interface ArchiveBehaviour {
  readonly body: Uint8Array;
  /** `undefined`: the server sends none and does not continue downloads. */
  readonly etag?: string;
  /** The connection breaks after so many bytes of the n-th answer, as soon as the client has them in this file. */
  readonly cuts?: { readonly afterBytes: readonly number[]; readonly savedTo: string };
  /** Status of the n-th answer, if not as it should be. */
  readonly statuses?: readonly (number | undefined)[];
  readonly contentType?: string;
}

/** A server on 127.0.0.1 with one file, ranges as in RFC 9110 section 14, and faults on demand. */
export async function archiveServer(behaviour: () => ArchiveBehaviour): Promise<ArchiveServer> {
  const ranges: string[] = [];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range ?? "-");
    answer(behaviour(), ranges.length - 1, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/set.zip`,
    ranges,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function answer(
  behaviour: ArchiveBehaviour,
  turn: number,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { body, etag, cuts, statuses, contentType } = behaviour;
  const status = statuses?.[turn];
  if (status !== undefined) {
    response.writeHead(status).end("no");
    return;
  }
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const continues = start > 0 && etag !== undefined && request.headers["if-range"] === etag;
  if (continues && start >= body.length) {
    response.writeHead(416, { "content-range": `bytes */${body.length}` }).end();
    return;
  }
  const part = continues ? body.subarray(start) : body;
  const headers: Record<string, string> = {
    "content-type": contentType ?? "application/zip",
    "content-length": String(part.length),
    ...(etag === undefined ? {} : { etag }),
    ...(continues ? { "content-range": `bytes ${start}-${body.length - 1}/${body.length}` } : {}),
  };
  response.writeHead(continues ? 206 : 200, headers);
  const cut = cuts?.afterBytes[turn];
  if (cuts === undefined || cut === undefined) {
    response.end(part);
    return;
  }
  response.write(part.subarray(0, cut));
  const expectedBytes = body.length - part.length + cut;
  const watch = setInterval(() => {
    if ((statSync(cuts.savedTo, { throwIfNoEntry: false })?.size ?? 0) >= expectedBytes) response.destroy();
  }, 2);
  response.once("close", () => clearInterval(watch));
}
